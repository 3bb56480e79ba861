"""Mistral: ``[TOOL_CALLS]`` and a list (tokenizers v3 and v7), or a name, ``[ARGS]`` and arguments (from v11 on).

Source: mistral-common, tokens/tokenizers/instruct.py; the chat templates of Mistral-Nemo and Ministral-3.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.json_calls import is_name, json_calls, json_object
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools

_LONGEST = 256


def _call(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read a list, or ``name[CALL_ID]id[ARGS]{…}``; ``[CALL_ID]id`` and ``[ARGS]`` may be missing."""
    if (yield from tape.peek(1)) in {"[", "{"}:
        return (yield from json_calls(tape, tools))
    found = yield from tape.until("[ARGS]", "[CALL_ID]", "{", most=_LONGEST)
    if found is None:
        return None
    name, mark = found[0].strip(), found[1]
    number = ""
    if mark == "[CALL_ID]":
        found = yield from tape.until("[ARGS]", "{", most=_LONGEST)
        if found is None:
            return None
        number, mark = found[0].strip(), found[1]
    if mark == "{":
        tape.at -= 1
    arguments = yield from json_object(tape)
    return [Called(name, arguments, number)] if arguments is not None and is_name(name) else None


MISTRAL = Family(
    name="mistral",
    signs=("[TOOL_CALLS]",),
    sections=(Section(begins=("[TOOL_CALLS]",), item=_call, ends=("[/TOOL_CALLS]",), many=False),),
    controls=("[TOOL_CALLS]", "[/TOOL_CALLS]", "[ARGS]", "[CALL_ID]"),
)
