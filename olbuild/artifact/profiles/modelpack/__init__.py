"""CNCF ModelPack with olbuild's roles: the default profile (``registry-spec/README.md``)."""

from olbuild.artifact.profiles.modelpack.packed import packed, read_files, wants
from olbuild.artifact.profiles.modelpack.read import read, read_layers, recognises
from olbuild.artifact.profiles.modelpack.write import losses, write

__all__ = ["losses", "name", "packed", "read", "read_files", "read_layers", "recognises", "wants", "write"]

name = "modelpack"
