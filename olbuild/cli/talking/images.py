"""Pictures that a message names by their paths."""

from __future__ import annotations

import re
from pathlib import Path

from olbuild.core.errors import UsageError

_MOST = 100 << 20  # bytes, as Ollama has it
_QUOTED = r"'[^'\n]+\.(?:jpe?g|png|webp)'|\"[^\"\n]+\.(?:jpe?g|png|webp)\""
_PATH = re.compile(rf"{_QUOTED}|(?:[^\s'\"\\]|\\.)+\.(?:jpe?g|png|webp)\b", re.IGNORECASE)


def names_images(text: str) -> bool:
    """Whether a message has the path of a picture that exists."""
    return any(_path(found).is_file() for found in _PATH.finditer(text))


def take_images(text: str) -> tuple[str, tuple[bytes, ...]]:
    """Return a message without the paths of pictures that exist, and the pictures.

    Raises:
        UsageError: if one cannot be read, or is too large.
    """
    images: list[bytes] = []

    def read(found: re.Match[str]) -> str:
        path = _path(found)
        try:
            if not path.is_file():
                return found[0]
            if path.stat().st_size > _MOST:
                raise UsageError(f"{path} is larger than {_MOST >> 20} MiB")
            images.append(path.read_bytes())
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}") from None
        return ""

    rest = _PATH.sub(read, text)
    return (rest.strip() if images else text), tuple(images)


def _path(found: re.Match[str]) -> Path:
    """Return a path as it is meant: shells and terminals quote what is dragged into them."""
    return Path(re.sub(r"\\(.)", r"\1", found[0].strip("'\""))).expanduser()
