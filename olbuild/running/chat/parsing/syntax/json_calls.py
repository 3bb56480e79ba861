"""Calls that are JSON objects with a name and arguments, alone or in an array."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.extents import balanced
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.section import Item
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.values import as_json, items, members, read_arguments, read_calls

_LONGEST_NAME = 256


def json_calls(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``{"name": …, "arguments": {…}}``, or an array of them."""
    if (yield from tape.peek(1)) not in {"{", "["}:
        return None
    text = yield from balanced(tape)
    return None if text is None else read_calls(text)


def keyed_calls(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``[{"name": {…}}, …]``: the name of the function is the name of the only member."""
    text = yield from balanced(tape)
    if text is None:
        return None
    calls = []
    for item in items(text) or [text]:
        parts = members(item) or {}
        if len(parts) != 1:
            return None
        name, written = next(iter(parts.items()))
        arguments = read_arguments(written)
        if arguments is None:
            return None
        calls.append(Called(name, arguments))
    return calls


def named(
    begin: tuple[str, ...] = (), after_name: tuple[str, ...] = (), end: tuple[str, ...] = (), *, needs_end: bool = False
) -> Item:
    """Return what reads a name and its arguments with marks around: ``begin name after_name {…} end``.

    Args:
        begin: what stands before the name; one of them must, if there are any.
        after_name: what stands between name and arguments.
        end: what stands behind the arguments.
        needs_end: whether it must be there.
    """

    def read(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
        if begin and not (yield from tape.accept(*begin)):
            return None
        found = yield from tape.until(*after_name, most=_LONGEST_NAME)
        if found is None or not is_name(found[0].strip()):
            return None
        arguments = yield from json_object(tape)
        if arguments is None:
            return None
        place = tape.at
        yield from tape.skip()
        if end and not (yield from tape.accept(*end)):
            if needs_end:
                return None
            tape.at = place
        return [Called(found[0].strip(), arguments)]

    return read


def json_object(tape: Tape) -> Reading[str | None]:
    """Pass blanks and a JSON object, and return it; ``None`` if it is none."""
    yield from tape.skip()
    if (yield from tape.peek(1)) != "{":
        return None
    text = yield from balanced(tape)
    return None if text is None else as_json(text)


def is_name(text: str) -> bool:
    """Whether a text can be the name of a function, and is no part of something else."""
    return bool(text) and not any(character in text for character in "\n<>{}[]\"'`|")
