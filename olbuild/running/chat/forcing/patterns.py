"""Regular expressions of JSON Schema (ECMA-262) in llguidance's syntax, for texts that stand without quotes. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BLANKS = r"\t\n\x0b\x0c\r \u{A0}\u{1680}\u{2000}-\u{200A}\u{2028}\u{2029}\u{202F}\u{205F}\u{3000}\u{FEFF}"
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": _BLANKS}
_SIGNS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_TOKEN = re.compile(
    r"\\u(?P<four>[0-9a-fA-F]{4})|\\x(?P<two>[0-9a-fA-F]{2})|\\(?P<escaped>.)|(?P<group>\((?:\?.?)?)|(?P<set>\[\^?)"
    r"|(?P<repeat>[*+?]|\{\d+(?:,\d*)?\})\??|(?P<sign>.)",
    re.DOTALL,
)
_DOT = r"[^\n\r\u{2028}\u{2029}]"
ANY = "(?s:.*)"


class _Foreign(Exception):
    """There is what llguidance has not, or what means nothing but at the ends of a text and stands elsewhere."""


def searched(pattern: str) -> str | None:
    """Return an expression of the texts in which a pattern is found; ``None`` if there is none."""
    try:
        return "|".join(f"(?:{branch})" for branch in _Translation(pattern).branches())
    except _Foreign:
        return None


def literal(text: str) -> str:
    """Return an expression of one text, which has nothing in it that ends an expression in Lark."""
    return "".join(sign if sign.isalnum() or sign in " _" else rf"\u{{{ord(sign):X}}}" for sign in text)


class _Translation:
    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def _next(self) -> re.Match[str] | None:
        found = _TOKEN.match(self._pattern, self._at)
        self._at = self._at if found is None else found.end()
        return found

    def branches(self) -> Sequence[str]:
        """Return the alternatives, each as an expression of the whole text."""
        branches: list[str] = []
        parts: list[str] = []
        begins = ends = False
        depth = 0
        while True:
            found = self._next()
            text = found[0] if found else ""
            if found is None or (text == "|" and not depth):
                branches.append(f"{'' if begins else ANY}{''.join(parts)}{'' if ends else ANY}")
                if found is None:
                    break
                parts, begins, ends = [], False, False
            elif ends:
                raise _Foreign
            elif text == "^" and not depth and not parts:
                begins = True
            elif text == "$" and not depth:
                ends = True
            else:
                depth += (found["group"] is not None) - (text == ")")
                parts.append(self._part(found))
            if depth < 0:
                raise _Foreign
        if depth:
            raise _Foreign
        return branches

    def _part(self, found: re.Match[str]) -> str:
        text = found[0]
        if found["set"]:
            return text + self._set() + "]"
        if found["group"]:
            if text not in {"(", "(?:"}:
                raise _Foreign
            return "(?:"
        if found["repeat"]:
            return str(found["repeat"])
        if text in {"^", "$"}:
            raise _Foreign
        if text in {"|", ")"}:
            return text
        if text == ".":
            return _DOT
        if (escaped := found["escaped"]) and escaped.lower() in _SETS:
            return f"[{'^' if escaped.isupper() else ''}{_SETS[escaped.lower()]}]"
        return literal(_character(found))

    def _set(self) -> str:
        """Return what stands in brackets, and pass the closing one."""
        parts: list[str] = []
        while True:
            if self._pattern.startswith("]", self._at):
                self._at += 1
                if not parts:
                    raise _Foreign
                return "".join(parts)
            if self._pattern.startswith("-", self._at):
                last = not parts or self._pattern.startswith("]", self._at + 1)
                parts.append(r"\-" if last else "-")
                self._at += 1
                continue
            found = _INNER.match(self._pattern, self._at)
            if found is None:
                raise _Foreign
            self._at = found.end()
            escaped = found["escaped"]
            parts.append(_SETS[escaped] if escaped in _SETS else literal(_character(found)))


_INNER = re.compile(
    r"\\u(?P<four>[0-9a-fA-F]{4})|\\x(?P<two>[0-9a-fA-F]{2})|\\(?P<escaped>.)|(?P<sign>[^\]])", re.DOTALL
)


def _character(found: re.Match[str]) -> str:
    """Return the character that is meant."""
    if code := found["four"] or found["two"]:
        return _whole(chr(int(code, 16)))
    if escaped := found["escaped"]:
        if escaped in _SIGNS:
            return _SIGNS[escaped]
        if escaped.isalnum():
            raise _Foreign
        return str(escaped)
    return _whole(str(found["sign"]))


def _whole(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        raise _Foreign
    return character
