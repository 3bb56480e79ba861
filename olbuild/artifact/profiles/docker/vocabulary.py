"""The words of the format (docker/model-runner, ``pkg/distribution/types/config.go``)."""

from __future__ import annotations

from enum import StrEnum

CONTEXT = "num_ctx"
"""The one parameter that a config has a place for: ``context_size``."""

LARGEST_CONTEXT = (1 << 31) - 1
"""``context_size`` is an ``int32`` there."""


class DockerType(StrEnum):
    """Media types of Docker Model Runner. The first config has files by type, the second one files by path."""

    CONFIG_V01 = "application/vnd.docker.ai.model.config.v0.1+json"
    CONFIG_V02 = "application/vnd.docker.ai.model.config.v0.2+json"
    GGUF = "application/vnd.docker.ai.gguf.v3"
    PROJECTOR = "application/vnd.docker.ai.mmproj"
    TEMPLATE = "application/vnd.docker.ai.chat.template.jinja"
    LICENSE = "application/vnd.docker.ai.license"
    FILE = "application/vnd.docker.ai.model.file"


CONFIGS = frozenset({DockerType.CONFIG_V01, DockerType.CONFIG_V02})
