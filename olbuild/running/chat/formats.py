"""Formatting of texts, with ``%`` and with ``format``: widths are looked at before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEscapeFormatter, SandboxedFormatter
from markupsafe import Markup

from olbuild.running.chat.budget import pay
from olbuild.running.chat.sizes import growth, require_small, weigh

_MOST_DIGITS = 4  # of a width; no prompt has columns of 10,000 characters
_WIDTH = re.compile(rf"\d{{{_MOST_DIGITS + 1}}}")
_FIELD = re.compile(r"%(\([^()]*\))?[-#0 +]*(\*|\d*)(?:\.(\*|\d*))?[hlL]?(.)", re.DOTALL)
_ESCAPED = 10  # characters that one may become where a text is written as Python does: \U0001f600
_FIXED = 320  # characters of the largest float


def check_percent(text: str, values: object) -> None:
    """Raise SecurityError if ``text % values`` would make a value that is too large.

    The fields are those of Python's printf-style formatting (Library Reference, "printf-style String Formatting").
    """
    fields, total, escaped = 0, len(text), 1
    widest = _widest(values)
    for match in _FIELD.finditer(text):
        _, width, precision, kind = match.groups()
        if kind == "(":
            raise SecurityError("it formats a value whose name has parentheses")
        fields += 1
        for number in (width, precision or ""):
            total += widest if number == "*" else _width(number)
        escaped = _ESCAPED if kind in "ra" else escaped
    size = weigh(values).characters if fields else 0
    times = 1 if isinstance(values, tuple) else fields  # a value by its name may be there many times
    require_small((total + fields * _FIXED + times * size * escaped) * growth(text, values))


class FormatCall:
    """The method ``format`` or ``format_map`` of a text, as a template may call it."""

    def __init__(self, formatter: SandboxedFormatter, text: str, *, from_map: bool) -> None:
        """Keep the text and who formats it."""
        self._formatter, self._text, self._from_map = formatter, text, from_map

    def __call__(self, *arguments: object, **named: object) -> str:
        """Format the text, each field within the limits and paid for."""
        if self._from_map:
            (values,) = arguments
            return self._written((), values)  # type: ignore[arg-type] # what is no mapping fails as in Python
        return self._written(arguments, named)

    def _written(self, arguments: Sequence[object], named: Mapping[str, object]) -> str:
        return type(self._text)(self._formatter.vformat(self._text, arguments, named))


class _Fields(SandboxedFormatter):
    def convert_field(self, value: object, conversion: str | None) -> object:
        if conversion is not None:
            weigh(value)
        return super().convert_field(value, conversion)

    def format_field(self, value: object, format_spec: str) -> str:
        if _WIDTH.search(format_spec):  # here it is whole, whatever values it was put together from
            raise SecurityError("it formats a value to a width that is too large")
        weigh(value)
        text: str = super().format_field(value, format_spec)
        pay(text)
        return text


class _EscapedFields(_Fields, SandboxedEscapeFormatter):
    pass


def format_call(environment: object, text: str, *, from_map: bool) -> FormatCall:
    """Return the method ``format`` of a text."""
    if isinstance(text, Markup):
        formatter: SandboxedFormatter = _EscapedFields(environment, escape=text.escape)  # type: ignore[arg-type]
    else:
        formatter = _Fields(environment)  # type: ignore[arg-type] # it needs getattr and getitem
    return FormatCall(formatter, text, from_map=from_map)


def _width(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise SecurityError("it formats a value to a width that is too large")
    return int(digits or 0)


def _widest(values: object) -> int:
    numbers = [abs(value) for value in values if isinstance(value, int)] if isinstance(values, tuple) else []
    return max(numbers, default=0)
