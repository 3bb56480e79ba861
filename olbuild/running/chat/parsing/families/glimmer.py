"""Muse Glimmer: messages to someone each (itself, a function, the user), and invocations in tags.

Source: its chat template.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.families.invoke import invocations
from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.tools import Tools

_START, _MESSAGE, _ENDS = "<|start|>assistant", "<|message|>", ("<|eom|>", "<|eot|>")
_BEGIN, _END = "<atem:function_calls>", "</atem:function_calls>"
_LONGEST_NAME = 256
_CALLS = invocations("atem:", _BEGIN, _END)


def _addressed(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``to=NAME``, the mark of a message, and the invocations in it."""
    yield from tape.accept(f"{_START} to=", "to=")
    if not (yield from tape.until(_MESSAGE, most=_LONGEST_NAME)):
        return None
    yield from tape.skip()
    return (yield from _CALLS.read(tape, tools))


GLIMMER = Family(
    name="glimmer",
    signs=(_BEGIN,),
    sections=(_CALLS, Section(begins=(), item=_addressed, starts_item=(f"{_START} to=", "to="), many=False)),
    controls=("<|start|>", _MESSAGE, *_ENDS, _BEGIN, _END),
    dropped=(f"{_START} to=user{_MESSAGE}", f"to=user{_MESSAGE}", f"{_START}{_MESSAGE}", _MESSAGE, *_ENDS),
    tags=Tags(begins=(f"{_START} to=self{_MESSAGE}", f"to=self{_MESSAGE}"), ends=_ENDS, anywhere=True),
)
