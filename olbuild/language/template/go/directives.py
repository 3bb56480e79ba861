"""One ``%`` of a format: flags, width, precision, verb, and which value it is for (fmt/print.go, doPrintf)."""

from __future__ import annotations

import re
from typing import cast

from olbuild.language.template.go.fields import Flags
from olbuild.language.template.go.values import Value

_INDEX = re.compile(r"\[([^\]]*)\]")
_DIGITS = re.compile(r"[0-9]+")
_MOST = 1_000_000  # a larger width or precision is no number for fmt


class Directive:
    """One ``%`` of a format, read up to its verb; ``end`` is behind it, ``number`` the value that it is for."""

    def __init__(self, form: str, match: re.Match[str], number: int, values: tuple[Value, ...]) -> None:
        """Read one that begins at a match of ``%`` and flags; ``number`` is the next value."""
        self._form, self._values = form, values
        self.number, self.good, self.reordered = number, True, False
        self.complaints: list[str] = []
        flags = Flags()
        for sign in match[1]:
            flags = flags.add(sign)
        self.end = match.end()
        after_index = self._index()
        flags = self._width(flags, after_index=after_index)
        if self._at("*", -1):
            after_index = False
        if self.end + 1 < len(form) and form[self.end] == ".":
            self.end += 1
            if after_index:
                self.good = False
            after_index = self._index()
            flags = self._precision(flags)
            if self._at("*", -1):
                after_index = False
        if not after_index:
            self._index()
        self.verb = form[self.end : self.end + 1]
        self.end += len(self.verb)
        self.flags = flags.for_verb(self.verb)

    def _at(self, character: str, offset: int = 0) -> bool:
        return self._form[self.end + offset : self.end + offset + 1] == character

    def _index(self) -> bool:
        """Read ``[n]``, and return whether there was one."""
        if not self._at("["):
            return False
        self.reordered = True
        match = _INDEX.match(self._form, self.end)
        if match is None:
            self.end += 1
            self.good = False
            return False
        self.end = match.end()
        inside = match[1]
        if inside.isascii() and inside.isdigit() and 0 < int(inside) <= len(self._values):
            self.number = int(inside) - 1
            return True
        self.good = False
        return inside.isascii() and inside.isdigit()

    def _width(self, flags: Flags, *, after_index: bool) -> Flags:
        if self._at("*"):
            self.end += 1
            width = self._argument()
            if width is None:
                self.complaints.append("%!(BADWIDTH)")
                return flags
            return flags.with_width(abs(width), left=width < 0)
        digits = self._digits()
        if digits is not None and after_index:
            self.good = False
        return flags if digits is None else flags.with_width(digits)

    def _precision(self, flags: Flags) -> Flags:
        if self._at("*"):
            self.end += 1
            precision = self._argument()
            if precision is None or precision < 0:
                self.complaints.append("%!(BADPREC)")
                return flags
            return flags.with_precision(precision)
        return flags.with_precision(self._digits() or 0)

    def _digits(self) -> int | None:
        match = _DIGITS.match(self._form, self.end)
        if match is None:
            return None
        if len(match[0]) > 7 and int(match[0][:-1]) > _MOST:  # noqa: PLR2004 - a million has seven digits
            self.end = len(self._form)
            return None
        self.end = match.end()
        return int(match[0])

    def _argument(self) -> int | None:
        """Take a width or a precision from the values."""
        if self.number >= len(self._values):
            return None
        value = self._values[self.number]
        self.number += 1
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return int(cast("int", value)) if is_number and abs(cast("int", value)) <= _MOST else None
