"""Bytes to text, as Ollama decodes a Modelfile (golang.org/x/text, ``unicode.BOMOverride`` over its UTF-8 decoder)."""

from __future__ import annotations

import codecs
import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# x/text reads two low surrogates in a row as one bad pair, and every other lone surrogate as one bad character.
_BAD_UTF16 = re.compile("[\udc00-\udfff]{2}|[\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNIT = 2


def decode(data: bytes | str) -> str:
    """Decode a Modelfile. Nothing is ever refused: what cannot be decoded becomes U+FFFD.

    A byte order mark of UTF-8, UTF-16LE or UTF-16BE decides and is removed; without one the text is UTF-8. Behind a
    UTF-8 mark each bad byte is replaced, without one each maximal bad sequence, because upstream does the same.
    """
    if isinstance(data, str):
        return _SURROGATE.sub(_REPLACEMENT, data.removeprefix("\ufeff"))
    if data.startswith(codecs.BOM_UTF16_LE):
        return _utf16(data[_UNIT:], "utf-16-le")
    if data.startswith(codecs.BOM_UTF16_BE):
        return _utf16(data[_UNIT:], "utf-16-be")
    if data.startswith(codecs.BOM_UTF8):
        text = data[len(codecs.BOM_UTF8) :].decode("utf-8", errors="surrogateescape")
        return _SURROGATE.sub(_REPLACEMENT, text)
    return data.decode("utf-8", errors="replace")


def _utf16(data: bytes, encoding: str) -> str:
    whole = len(data) - len(data) % _UNIT
    text = _BAD_UTF16.sub(_REPLACEMENT, data[:whole].decode(encoding, errors="surrogatepass"))
    return text if whole == len(data) else text + _REPLACEMENT
