"""Kimi K2: a section of calls, each with ``functions.NAME:NUMBER`` as its id, and arguments.

Source: Moonshot's tool_call_guidance.md, and the chat template of Kimi-K2-Instruct.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.json_calls import named
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools

_BEGIN, _ARGUMENTS, _END = "<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"
_SECTION = ("<|tool_calls_section_begin|>", "<|tool_call_section_begin|>")
_SECTION_END = ("<|tool_calls_section_end|>", "<|tool_call_section_end|>")
_named = named(begin=(_BEGIN,), after_name=(_ARGUMENTS,), end=(_END,))


def _call(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    found = yield from _named(tape, tools)
    return None if found is None else [_with_name(call) for call in found]


def _with_name(call: Called) -> Called:
    """Return a call whose name is its id: ``functions.get_weather:0``."""
    name, colon, number = call.name.rpartition(":")
    if not (colon and number.isdigit()):
        return Called(call.name.removeprefix("functions."), call.arguments)
    return Called(name.removeprefix("functions."), call.arguments, call.name)


KIMI = Family(
    name="kimi-k2",
    signs=("<|tool_calls_section_begin|>",),
    sections=(Section(begins=_SECTION, item=_call, ends=_SECTION_END, starts_item=(_BEGIN,)),),
    controls=(*_SECTION, *_SECTION_END, _BEGIN, _ARGUMENTS, _END),
)
