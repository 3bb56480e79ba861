"""How Go prints values: fmt.Sprint and its relatives (fmt/print.go). ``printf`` is next door, in formatting.py."""

from __future__ import annotations

from typing import cast

from olbuild.language.template.go.formatting import Printer
from olbuild.language.template.go.values import INVALID, Struct, Value

_NO_VALUE = "<no value>"


def printed(value: Value) -> str:
    """Return what ``{{ value }}`` writes (text/template/exec.go, printableValue)."""
    if type(value) is str:
        return value
    if value is INVALID or value is None:
        return _NO_VALUE
    if type(value) is int:
        return str(value)
    return plain(_printable(value))


def _printable(value: Value) -> Value:
    """Follow a pointer, as an action does before it prints."""
    if isinstance(value, Struct) and value.pointer:
        return Struct(value.type, value.values)
    return value


def plain(value: Value) -> str:
    """Return a value as ``%v`` writes it."""
    printer = Printer()
    printer.argument(value, "v")
    return printer.text


def sprint(values: tuple[Value, ...]) -> str:
    """Print values, with a blank between two of which neither is a text (fmt.Sprint)."""
    pieces: list[str] = []
    before_is_text = True
    for value in values:
        is_text = isinstance(value, str)
        if pieces and not is_text and not before_is_text:
            pieces.append(" ")
        pieces.append(plain(value))
        before_is_text = is_text
    return "".join(pieces)


def sprintln(values: tuple[Value, ...]) -> str:
    """Print values with blanks between all, and a line feed behind them (fmt.Sprintln)."""
    return " ".join(map(plain, values)) + "\n"


def escaper_text(values: tuple[Value, ...]) -> str:
    """Return the text that ``html``, ``js`` and ``urlquery`` escape (text/template/funcs.go, evalArgs)."""
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return sprint(tuple(_NO_VALUE if value is None else _printable(cast("Value", value)) for value in values))
