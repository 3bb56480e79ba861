"""Calls as Python writes them: ``[f(a=1, b='x'), g()]``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.running.chat.parsing.extents import PYTHON_QUOTES, balanced
from olbuild.running.chat.parsing.literals import PYTHON, Literals, NotAValue, Style
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.values import joined

_LONGEST_NAME = 256
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


def python_list(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``[f(a=1), g()]``."""
    if (yield from tape.peek(1)) != "[":
        return None
    text = yield from balanced(tape, PYTHON_QUOTES)
    return None if text is None else _read(text, lambda literals: _calls(literals, "[", "]"))


def python_call(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``f(a=1)``, or such a call within ``print(…)``."""
    start = tape.at
    found = yield from _name_before_bracket(tape)
    if not found:
        tape.at = start
        return None
    text = yield from balanced(tape, PYTHON_QUOTES)
    if text is None:
        return None
    whole = tape.text[start : tape.at]
    if found == "print":
        return _read(whole, _printed)
    return _read(whole, lambda literals: [_call(literals)])


def bare_list(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read such a list without any mark before it, of functions that there are."""
    start = tape.at
    if not (yield from tape.accept("[")):
        return None
    yield from tape.skip()
    name = yield from _name_before_bracket(tape)
    tape.at = start
    if name not in tools:
        return None
    calls = yield from python_list(tape, tools)
    return calls if calls and all(call.name in tools for call in calls) else None


def colon_calls(begin: str, style: Style) -> Callable[[Tape, Tools], Reading[Sequence[Called] | None]]:
    """Return what reads ``call:name{key:value, …}``, with names without quotes."""

    def read(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
        if not (yield from tape.accept(begin)):
            return None
        found = yield from tape.until("{", most=_LONGEST_NAME)
        if found is None or not _NAME.issuperset(found[0]) or not found[0]:
            return None
        tape.at -= 1
        text = yield from balanced(tape, style.quotes)
        if text is None:
            return None
        literals = Literals(text, style)
        try:
            return [Called(found[0], literals.value())]
        except NotAValue:
            return None

    return read


def _name_before_bracket(tape: Tape) -> Reading[str]:
    """Pass a name and blanks up to an opening bracket; return nothing if there is no such name."""
    start = tape.at
    while (following := (yield from tape.peek(1))) and following in _NAME and tape.at - start < _LONGEST_NAME:
        tape.at += 1
    name = tape.text[start : tape.at]
    return name if (yield from tape.peek(1)) == "(" else ""


def _read(text: str, how: Callable[[Literals], list[Called]]) -> list[Called] | None:
    literals = Literals(text, PYTHON)
    try:
        calls = how(literals)
    except NotAValue:
        return None
    literals.blanks()
    return calls if literals.at == len(text) else None


def _calls(literals: Literals, opening: str, closing: str) -> list[Called]:
    literals.expect(opening)
    calls = []
    while not literals.accept(closing):
        calls.append(_call(literals))
        if not literals.accept(","):
            literals.expect(closing)
            break
    return calls


def _call(literals: Literals) -> Called:
    name = literals.word()
    literals.expect("(")
    return Called(name, joined(literals.members(")", "=")))


def _printed(literals: Literals) -> list[Called]:
    literals.word()
    return _calls(literals, "(", ")")
