"""What Ollama calls the details of a model."""

from __future__ import annotations

from datetime import datetime

from olbuild.artifact.profiles.ollama.config import human_number
from olbuild.serving.server.summaries import Summary


def details(summary: Summary | None, *, parent: bool = False) -> dict[str, object]:
    """Return them; of what cannot be read nothing is known. ``parent`` says what it was made from."""
    if summary is None:
        return {
            "parent_model": "",
            "format": "",
            "family": "",
            "families": None,
            "parameter_size": "",
            "quantization_level": "",
        }
    metadata = summary.bundle.metadata
    family = metadata.architecture or "unknown"
    return {
        "parent_model": summary.parent if parent else "",
        "format": "gguf",
        "family": family,
        "families": [family, *(["clip"] if summary.bundle.projectors else [])],
        "parameter_size": human_number(metadata.parameters or 0),
        "quantization_level": metadata.quantization or "unknown",
    }


def local_stamp(nanoseconds: int) -> str:
    """Return a time in RFC 3339 with nanoseconds and the offset of this machine."""
    seconds, rest = divmod(nanoseconds, 10**9)
    moment = datetime.fromtimestamp(seconds).astimezone()
    offset = moment.strftime("%z")
    zone = "Z" if offset == "+0000" else f"{offset[:3]}:{offset[3:]}"
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}{zone}"
