"""The format of Docker Model Runner (docker/model-runner, ``pkg/distribution/types/config.go``)."""

from olbuild.artifact.profiles.docker.read import read_layers, recognises
from olbuild.artifact.profiles.docker.write import losses, write

__all__ = ["losses", "name", "read_layers", "recognises", "write"]

name = "docker"
