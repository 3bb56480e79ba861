"""What of a model has no place in Ollama's format."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.losses import left_out


def losses(bundle: Bundle) -> tuple[str, ...]:
    """Say what ``write`` leaves out, a sentence each."""
    said = left_out(bundle, ("tests", "labels", "base", "created", "extras"))
    scaled = sum(blob.scale not in {None, 1} for blob in bundle.adapters)
    scale = "the adapter applies with the scale 1" if scaled == 1 else f"{scaled} adapters apply with the scale 1"
    return (scale, *said) if scaled else said
