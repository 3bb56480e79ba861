"""MiniMax M3: invocations in tags that each begin with a token, with objects and lists in tags of their own.

Source: the chat template of MiniMax-M3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.typed import typed
from olbuild.running.chat.parsing.values import dump, joined

_TOKEN = "]<]minimax[>["  # noqa: S105 - a token of a vocabulary
_BEGIN, _END, _INVOKE_END = f"{_TOKEN}<tool_call>", f"{_TOKEN}</tool_call>", f"{_TOKEN}</invoke>"
_INVOKE, _ITEM = f"{_TOKEN}<invoke name=", "item"
_LONGEST_NAME, _DEEPEST = 256, 32
_THINK, _THINK_END = "<mm:think>", "</mm:think>"


def _invocation(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read one call."""
    if not (yield from tape.accept(_INVOKE)):
        return None
    found = yield from tape.until(">", most=_LONGEST_NAME)
    name = found[0].strip("\"' ") if found else ""
    if not name or re.search(r"[\n<\"]", name):
        return None
    members = yield from _members(tape, tools, (name,), _INVOKE_END)
    return None if members is None else [Called(name, joined(dict(members)))]


def _members(tape: Tape, tools: Tools, path: tuple[str, ...], end: str) -> Reading[list[tuple[str, str]] | None]:
    """Read elements up to a tag, and return their names and values as JSON."""
    found: list[tuple[str, str]] = []
    while True:
        yield from tape.skip()
        if (yield from tape.accept(end)):
            return found
        name = yield from _tag(tape)
        value = None if name is None else (yield from _value(tape, tools, (*path, name)))
        if name is None or value is None:
            return None
        found.append((name, value))


def _tag(tape: Tape) -> Reading[str | None]:
    """Pass the tag that begins an element, and return its name; ``None`` if none comes."""
    if not (yield from tape.accept(f"{_TOKEN}<")):
        return None
    found = yield from tape.until(">", most=_LONGEST_NAME)
    return found[0] if found and found[0] and not re.search(r"[\n</\[\]]", found[0]) else None


def _value(tape: Tape, tools: Tools, path: tuple[str, ...]) -> Reading[str | None]:
    """Read what stands in an element, and the tag that ends it: a text, or elements unless it has to be a text."""
    end, place = f"{_TOKEN}</{path[-1]}>", tape.at
    types = tools.types(*path)
    if types != {"string"} and len(path) < _DEEPEST:
        yield from tape.skip()
        if (yield from tape.comes(f"{_TOKEN}<")) and not (yield from tape.comes(end)):
            inner = yield from _members(tape, tools, path, end)
            if inner is None:
                return None
            if "object" not in types and all(name == _ITEM for name, _ in inner):
                return f"[{', '.join(value for _, value in inner)}]"
            return joined(dict(inner))
        tape.at = place
    found = yield from tape.until(end)
    if found is None:
        return None
    return _EMPTY.get(types, dump("")) if not found[0] else typed(found[0], types)


_EMPTY = {frozenset({"array"}): "[]", frozenset({"object"}): "{}"}

MINIMAX_M3 = Family(
    name="minimax-m3",
    signs=(_TOKEN,),
    sections=(Section(begins=(_BEGIN,), item=_invocation, ends=(_END,), starts_item=(_INVOKE,)),),
    controls=(_TOKEN,),
    dropped=(_THINK_END,),  # it stands in front of answers without thoughts
    tags=Tags(begins=(_THINK,), ends=(_THINK_END,)),
)
