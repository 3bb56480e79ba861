"""Text in quotes and escapes: strconv.Quote, and the functions html, js and urlquery."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote_plus

from olbuild.language.modelfile.printable import is_printable

_NAMED = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_FIRST_LONG = 0x10000
_ESCAPED_BYTES = range(0xDC80, 0xDD00)  # surrogate escapes
_HTML = str.maketrans({'"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;", "\0": "\ufffd"})
_JAVASCRIPT = {
    "\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"
}  # fmt: skip


def quoted(text: str, *, mark: str = '"', ascii_only: bool = False) -> str:
    """Return a text as a Go literal (strconv.Quote, or QuoteToASCII)."""
    return mark + "".join(_quoted(text, mark, ascii_only=ascii_only)) + mark


def _quoted(text: str, mark: str, *, ascii_only: bool) -> Iterator[str]:
    for character in text:
        number = ord(character)
        if character == mark:
            yield "\\" + mark
        elif character in _NAMED:
            yield _NAMED[character]
        elif number in _ESCAPED_BYTES:
            yield f"\\x{number - 0xDC00:02x}"
        elif (character.isascii() or not ascii_only) and is_printable(character):
            yield character
        elif number < ord(" ") or number == 0x7F:  # noqa: PLR2004 - delete
            yield f"\\x{number:02x}"
        elif number < _FIRST_LONG:
            yield f"\\u{number:04x}"
        else:
            yield f"\\U{number:08x}"


def html(text: str) -> str:
    """Escape for HTML (text/template, HTMLEscapeString)."""
    return text.translate(_HTML)


def javascript(text: str) -> str:
    """Escape for JavaScript (text/template, JSEscapeString)."""
    return "".join(_javascript(text))


def _javascript(text: str) -> Iterator[str]:
    for character in text:
        if character in _JAVASCRIPT:
            yield _JAVASCRIPT[character]
        elif character < " ":
            yield f"\\u{ord(character):04X}"
        elif character.isascii() or ord(character) in _ESCAPED_BYTES or is_printable(character):
            yield character
        else:
            yield f"\\u{ord(character):04X}"


def url_query(text: str) -> str:
    """Escape for the query of a URL (net/url, QueryEscape)."""
    return quote_plus(text.encode("utf-8", "surrogateescape"), safe="~")
