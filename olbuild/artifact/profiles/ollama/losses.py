"""What of a model has no place in Ollama's format."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.losses import Part, left_out

_PARTS: frozenset[Part] = frozenset({"tests", "labels", "base", "created", "extras"})


def losses(bundle: Bundle) -> tuple[str, ...]:
    """Say what ``write`` leaves out, a sentence for each thing."""
    scaled = any(blob.scale not in {None, 1} for blob in bundle.adapters)
    scale = ("the scale of an adapter is left out: Ollama applies it in full",) if scaled else ()
    return (*scale, *left_out(bundle, _PARTS))
