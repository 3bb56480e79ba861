"""Small JSON files of olbuild's own state, which are worth nothing when they are damaged: then they are not there."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError

FORMAT = 1
"""The version that a file must have; one of another version counts as absent."""

_LARGEST = 64 << 10


def read_state(path: Path) -> dict[str, Json]:
    """Return what a file holds; nothing if it is missing, damaged, too large, a link, or of another version."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(_LARGEST + 1)
        document = decode_json(data, "state") if len(data) <= _LARGEST else None
    except (OSError, FormatError):
        return {}
    if not isinstance(document, dict) or document.pop("format", None) != FORMAT:
        return {}
    return document


def write_state(path: Path, document: dict[str, Json]) -> None:
    """Replace a file, for nobody else to read. State that cannot be written is forgotten, which is no error."""
    temporary = path.with_name(f".{path.name[:200]}.{os.getpid()}.{os.urandom(4).hex()}")
    with suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps({"format": FORMAT, **document}, indent=1).encode() + b"\n")
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
