"""The words of the format."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from olbuild.artifact.profiles.modelpack import vocabulary as modelpack

FOLDER = "models/"
"""Where KServe and everybody after it look for the files of a model."""

LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"

TYPE = "dev.olbuild.mediatype"
"""Annotation of a layer that has no role: the media type that its file has as a layer of its own."""

RENAMED: Mapping[str, str] = MappingProxyType(
    {modelpack.FILEPATH: "dev.olbuild.filepath", modelpack.TITLE: "dev.olbuild.title"}
)
"""Annotations that a tool would take for the name of the layer's own bytes, which are a tar archive, and what they are
called here."""

MOST_LAYERS = 125
"""Layers that Docker, and the file system overlay behind it, take."""
