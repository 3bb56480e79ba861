"""Values as Python and its kin write them, turned into JSON text: ``{'a': [1, True, None]}``."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

from olbuild.core.records import Frozen
from olbuild.running.chat.parsing.extents import JSON_QUOTES, PYTHON_QUOTES, Quotes
from olbuild.running.chat.parsing.values import dump, joined, without_surrogates

_DEEPEST = 100
_BLANK = re.compile(r"\s*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,3})?(?![\w.])")
_WORD = re.compile(r"[^\W\d][\w.-]*")
_WORDS: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(("true", "True"), "true"), **dict.fromkeys(("false", "False"), "false")}
    | dict.fromkeys(("null", "None", "none", "nil"), "null")
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "\n": ""}


class Style(Frozen, kw_only=True):
    """How values are written: the quotes of strings, and whether the names in an object stand without any."""

    quotes: Quotes
    bare_names: bool = False


PYTHON = Style(quotes=PYTHON_QUOTES)
JSON = Style(quotes=JSON_QUOTES)


class NotAValue(Exception):
    """The text is no value."""


class Literals:
    """Reads values out of a text that is there as a whole; ``at`` is the place in it."""

    def __init__(self, text: str, style: Style = PYTHON) -> None:
        """Begin at the front."""
        self.text, self.at, self._style = text, 0, style
        self._quotes = sorted(style.quotes, key=len, reverse=True)

    def accept(self, mark: str) -> bool:
        """Pass blanks and a text, if it comes next."""
        self.blanks()
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def expect(self, mark: str) -> None:
        """Pass blanks and a text.

        Raises:
            NotAValue: if it does not come next.
        """
        if not self.accept(mark):
            raise NotAValue

    def blanks(self) -> None:
        """Pass blanks."""
        self.at = _BLANK.match(self.text, self.at).end()  # type: ignore[union-attr] # it always matches

    def word(self) -> str:
        """Return the next word, which may have dots and hyphens.

        Raises:
            NotAValue: if none comes next.
        """
        self.blanks()
        found = _WORD.match(self.text, self.at)
        if found is None:
            raise NotAValue
        self.at = found.end()
        return found[0]

    def value(self, deeper: int = _DEEPEST) -> str:
        """Return the next value as JSON text.

        Raises:
            NotAValue: if none comes next.
        """
        if not deeper:
            raise NotAValue
        self.blanks()
        for opening, closing in (("[", "]"), ("(", ")")):
            if self.accept(opening):
                return self._items(closing, deeper)
        if self.accept("{"):
            return self._members(deeper)
        string = self.string()
        if string is not None:
            return dump(string)
        number = _NUMBER.match(self.text, self.at)
        if number is not None:
            self.at = number.end()
            return number[0]
        word = self.word()
        if word not in _WORDS:
            raise NotAValue
        return _WORDS[word]

    def string(self) -> str | None:
        """Return the text of the next string; ``None``, in the same place, if something else comes next.

        Raises:
            NotAValue: if it does not end.
        """
        self.blanks()
        quote = next((quote for quote in self._quotes if self.text.startswith(quote, self.at)), None)
        if quote is None:
            return None
        start = at = self.at + len(quote)
        if not self._style.quotes[quote]:
            end = self.text.find(quote, start)
            if end < 0:
                raise NotAValue
            self.at = end + len(quote)
            return self.text[start:end]
        pattern = re.compile(rf"\\.|{quote}", re.DOTALL)
        while found := pattern.search(self.text, at):
            at = found.end()
            if found[0] == quote:
                self.at = at
                return unescape(self.text[start : found.start()])
        raise NotAValue

    def members(self, closing: str, between: str, deeper: int = _DEEPEST) -> dict[str, str]:
        """Return members up to a closing bracket: names, what stands ``between``, and values, with commas.

        Raises:
            NotAValue: if they are written in another way.
        """
        found: dict[str, str] = {}
        while not self.accept(closing):
            name = self.string()
            if name is None and (between == "=" or self._style.bare_names):
                name = self.word() if between == "=" else self._bare_name()
            if name is None:
                raise NotAValue
            self.expect(between)
            found[name] = self.value(deeper - 1)
            if not self.accept(","):
                self.expect(closing)
                break
        return found

    def _members(self, deeper: int) -> str:
        return joined(self.members("}", ":", deeper))

    def _items(self, closing: str, deeper: int) -> str:
        found = []
        while not self.accept(closing):
            found.append(self.value(deeper - 1))
            if not self.accept(","):
                self.expect(closing)
                break
        return f"[{', '.join(found)}]"

    def _bare_name(self) -> str:
        self.blanks()
        end = self.text.find(":", self.at)
        if end <= self.at:
            raise NotAValue
        name, self.at = self.text[self.at : end], end
        return name


def read_literal(text: str) -> str | None:
    """Return the JSON for a whole text that is a value; ``None`` if it is none."""
    literals = Literals(text)
    try:
        value = literals.value()
    except NotAValue:
        return None
    literals.blanks()
    return value if literals.at == len(text) else None


def unescape(text: str) -> str:
    """Return the text that is meant by one with backslashes, as Python and JSON have them."""
    return without_surrogates(_ESCAPE.sub(_character, text))


def _character(match: re.Match[str]) -> str:
    sign = match[1]
    if len(sign) > 1:
        number = int(sign[1:], 16)
        return chr(number) if number <= sys.maxunicode else match[0]
    return _ESCAPED.get(sign, sign if sign in "\\'\"/" else match[0])
