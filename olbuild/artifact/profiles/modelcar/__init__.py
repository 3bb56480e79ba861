"""Modelcar: a container image whose layers hold the files of a model below ``/models`` (KServe, "Modelcars").

Everything that mounts images mounts it: image volumes of Kubernetes, containerd, podman.
"""

from olbuild.artifact.profiles.modelcar.digests import ArchiveDigests
from olbuild.artifact.profiles.modelcar.read import packed, read_files, read_layers, recognises, wants
from olbuild.artifact.profiles.modelcar.write import losses, write

__all__ = ["ArchiveDigests", "losses", "name", "packed", "read_files", "read_layers", "recognises", "wants", "write"]

name = "modelcar"
