"""In which encoding the bytes of a Modelfile are, and whether decoding loses any of them."""

from __future__ import annotations

import codecs
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]

_MARKS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(data: bytes) -> Encoding:
    """Return the encoding that the byte order mark says; without one it is UTF-8."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "utf-8")


def encode(text: str, encoding: Encoding) -> bytes:
    """Return the bytes of a text, with the byte order mark that belongs to the encoding."""
    if encoding in {"utf-16-le", "utf-16-be"}:
        return next(mark for mark, each in _MARKS if each == encoding) + text.encode(encoding)
    return text.encode(encoding)


def is_lossless(data: bytes) -> bool:
    """Whether every byte means a character; if not, ``decode`` puts U+FFFD in place of some."""
    encoding = encoding_of(data)
    body = data[2:] if encoding in {"utf-16-le", "utf-16-be"} else data
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
