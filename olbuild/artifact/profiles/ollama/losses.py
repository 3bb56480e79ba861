"""What of a model has no place in Ollama's format."""

from __future__ import annotations

from olbuild.artifact.bundle import Bundle


def losses(bundle: Bundle) -> tuple[str, ...]:
    """Name what ``write`` leaves out, for people."""
    scaled = [blob for blob in bundle.adapters if blob.scale not in (None, 1)]
    left_out = (
        ("tests", bool(bundle.tests)),
        ("labels", bool(bundle.labels)),
        ("the scale of an adapter", bool(scaled)),
        ("the name and digest of the base", bundle.base is not None),
        ("the time of creation", bundle.created is not None),
        ("files such as a README", bool(bundle.extras)),
    )
    return tuple(name for name, lost in left_out if lost)
