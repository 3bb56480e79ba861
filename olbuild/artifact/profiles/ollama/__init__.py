"""Ollama's own format: its manifests byte for byte as ``ollama create`` writes them (ollama, ``server/create.go``)."""

from olbuild.artifact.profiles.ollama.create import Parent, create, write
from olbuild.artifact.profiles.ollama.losses import losses
from olbuild.artifact.profiles.ollama.read import read_layers, recognises

__all__ = ["Parent", "create", "losses", "name", "read_layers", "recognises", "write"]

name = "ollama"
