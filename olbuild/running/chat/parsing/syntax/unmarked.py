"""Calls without any mark of their family, as many models write them: JSON alone, or in a fence.

Since any JSON could be meant, only calls of functions that there are count.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.extents import balanced
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.tape import BLANKS, Reading, Tape
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.values import read_calls

FENCES = ("```json", "```tool_call", "```")
_BEGINNINGS = ('"name"', '"function"', '"tool_name"', '"type"', '"id"', '"parameters"', '"arguments"', '"tool_call_id"')


def bare(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read calls one after the other, as objects or in an array; all with arguments, unlike other JSON with a name."""
    calls: list[Called] = []
    place = tape.at
    while (yield from _looks_like_a_call(tape)):
        text = yield from balanced(tape)
        found = None if text is None else read_calls(text, needs_arguments=True)
        if not found or not all(call.name in tools for call in found):
            break
        calls += found
        place = tape.at
        yield from tape.skip(BLANKS + ",;")
    tape.at = place
    return calls or None


def _looks_like_a_call(tape: Tape) -> Reading[bool]:
    """Whether the first name in an object is one that calls have, so that other JSON is not held back."""
    place = tape.at
    yield from tape.accept("[")
    yield from tape.skip()
    found = bool((yield from tape.accept("{")))
    if found:
        yield from tape.skip()
        found = bool((yield from tape.accept(*_BEGINNINGS)))
    tape.at = place
    return found


def fenced(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read a fence with calls, and nothing but calls, in it."""
    if not (yield from tape.accept(*FENCES)):
        return None
    yield from tape.skip()
    calls = yield from bare(tape, tools)
    yield from tape.skip()
    return calls if calls and (yield from tape.accept("```")) else None
