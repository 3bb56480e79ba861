"""What a GGUF file is to a model: recognised by its header, never by its name."""

from __future__ import annotations

from olbuild.artifact.weights.gguf.header import Header
from olbuild.core.errors import FormatError
from olbuild.core.names import Role

_NO_MODELS = {"imatrix": "an importance matrix", "vocab": "a vocabulary without weights"}


def kind(header: Header) -> Role:
    """Return ``WEIGHTS``, ``ADAPTER`` or ``PROJECTOR``. A draft is weights; what makes it one is the instruction.

    The rules are Ollama's (``server/create.go``): ``general.type`` where it decides, else the architecture ``clip``, or
    blocks of vision and none of language.

    Raises:
        FormatError: if the file is a GGUF of another kind.
    """
    stated = header.text("general.type")
    if stated in _NO_MODELS:
        raise FormatError(f"{header.where} is {_NO_MODELS[stated]}, and no part of a model that runs")
    if stated == "adapter":
        return Role.ADAPTER
    if stated in ("projector", "mmproj"):
        return Role.PROJECTOR
    architecture = header.architecture
    if architecture == "clip":
        return Role.PROJECTOR
    blocks = header.integer(f"{architecture}.block_count") or 0
    vision_blocks = header.integer(f"{architecture}.vision.block_count") or 0
    return Role.PROJECTOR if vision_blocks > 0 and blocks == 0 else Role.WEIGHTS
