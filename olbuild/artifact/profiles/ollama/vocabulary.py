"""The words of the format: the media types of its layers (ollama, ``server/images.go``)."""

from __future__ import annotations

from enum import StrEnum

from olbuild.core.names import Role

IMAGE = "application/vnd.ollama.image."
"""What the types of all layers begin with."""


class Kind(StrEnum):
    """The media type of the config, and those of the layers that a model has."""

    CONFIG = "application/vnd.docker.container.image.v1+json"

    MODEL = "application/vnd.ollama.image.model"
    PROJECTOR = "application/vnd.ollama.image.projector"
    ADAPTER = "application/vnd.ollama.image.adapter"
    DRAFT = "application/vnd.ollama.image.draft"

    TEMPLATE = "application/vnd.ollama.image.template"
    PROMPT = "application/vnd.ollama.image.prompt"  # what TEMPLATE was called in 2023
    SYSTEM = "application/vnd.ollama.image.system"
    LICENSE = "application/vnd.ollama.image.license"
    PARAMETERS = "application/vnd.ollama.image.params"
    MESSAGES = "application/vnd.ollama.image.messages"

    TENSOR = "application/vnd.ollama.image.tensor"  # with JSON, a model of safetensors for Apple's MLX
    JSON = "application/vnd.ollama.image.json"


FILES = {
    Kind.MODEL: Role.WEIGHTS,
    Kind.PROJECTOR: Role.PROJECTOR,
    Kind.ADAPTER: Role.ADAPTER,
    Kind.DRAFT: Role.DRAFT,
}
"""The layers that are GGUF files."""

TEXT_LIMIT = 64 << 20
"""The largest layer of text, and all of a model together, in bytes."""
