"""Solar Open: messages that begin with a token for what they are: thoughts, content, or calls with an id each.

Source: the chat template of Solar-Open-100B.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.json_calls import named
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.tools import Tools

_BEGIN, _NAME, _ARGUMENTS = "<|tool_call:begin|>", "<|tool_call:name|>", "<|tool_call:args|>"
_END, _CALLS, _CALLS_END = "<|tool_call:end|>", "<|tool_calls|>", "<|calls|>"
_MESSAGE, _CONTENT, _MESSAGE_END = "<|begin|>assistant", "<|content|>", "<|end|>"
_LONGEST_ID = 64
_named = named(begin=(_NAME,), after_name=(_ARGUMENTS,), end=(_END,))


def _call(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read the id of a call, its name and its arguments."""
    if not (yield from tape.accept(_BEGIN)):
        return None
    ident = yield from tape.until(_NAME, most=_LONGEST_ID)
    if ident is None:
        return None
    tape.at -= len(_NAME)
    found = yield from _named(tape, tools)
    return None if found is None else [Called(call.name, call.arguments, ident[0].strip()) for call in found]


SOLAR = Family(
    name="solar-open",
    signs=(_BEGIN,),
    sections=(Section(begins=(_CALLS,), item=_call, ends=(_CALLS_END,), starts_item=(_BEGIN,)),),
    controls=("<|begin|>", _CONTENT, _MESSAGE_END, _CALLS, _CALLS_END, _BEGIN, _NAME, _ARGUMENTS, _END),
    dropped=(f"{_MESSAGE}{_CONTENT}", _MESSAGE, _CONTENT, _MESSAGE_END),
    tags=Tags(begins=("<|think|>", f"{_MESSAGE}<|think|>"), ends=(_MESSAGE_END,), anywhere=True),
)
