"""The projector by which a bundle sees images, if it has one that can be used."""

from __future__ import annotations

from olbuild.artifact.bundle import Blob, Bundle
from olbuild.artifact.weights.gguf import read_header

_BY_PLACE = frozenset({"deepseek4v", "hunyuanvl"})
"""Projectors that make another thing of an image by where it stands in a prompt; what is read is kept by content."""


def projector_of(bundle: Bundle) -> Blob | None:
    """Return the projector that images go through.

    Raises:
        FormatError: if its header is malformed.
    """
    for blob in bundle.projectors[:1]:
        header = read_header(blob.content, "the projector")
        kinds = {header.text(name) for name in ("clip.projector_type", "clip.vision.projector_type")}
        if header.metadata.get("clip.has_vision_encoder") and not kinds & _BY_PLACE:
            return blob
    return None
