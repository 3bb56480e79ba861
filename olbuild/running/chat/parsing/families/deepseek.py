"""DeepSeek: V3 and R1 (a kind, the name, JSON in a fence), V3.1 (the name, JSON), and Cogito, which writes as V3.

Source: the chat templates of DeepSeek-V3-0324, R1-0528, V3.1, V3.2 and Cogito v2.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.json_calls import is_name, json_object
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools

_LONGEST = 256


def _token(name: str) -> str:
    return f"<\N{FULLWIDTH VERTICAL LINE}{name.replace(' ', '▁')}\N{FULLWIDTH VERTICAL LINE}>"


_BEGIN, _END, _SEPARATOR = _token("tool call begin"), _token("tool call end"), _token("tool sep")
_CALLS_BEGIN, _CALLS_END = _token("tool calls begin"), _token("tool calls end")


def _call(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read ``begin function sep NAME fence`` or ``begin NAME sep {…} end``."""
    if not (yield from tape.accept(_BEGIN)):
        return None
    found = yield from tape.until(_SEPARATOR, most=_LONGEST)
    if found is None:
        return None
    name = found[0].strip()
    yield from tape.skip()
    if (yield from tape.peek(1)) != "{":
        found = yield from tape.until("```json", "{", most=_LONGEST)
        if found is None:
            return None
        name = found[0].strip()
        if found[1] == "{":
            tape.at -= 1
    arguments = yield from json_object(tape)
    if arguments is None or not is_name(name):
        return None
    yield from _pass(tape, "```")
    yield from _pass(tape, _END)
    return [Called(name, arguments)]


def _pass(tape: Tape, mark: str) -> Reading[None]:
    place = tape.at
    yield from tape.skip()
    if not (yield from tape.accept(mark)):
        tape.at = place


DEEPSEEK = Family(
    name="deepseek",
    signs=(_CALLS_BEGIN, _token("Assistant")),
    sections=(Section(begins=(_CALLS_BEGIN,), item=_call, ends=(_CALLS_END,), starts_item=(_BEGIN,)),),
    controls=(_CALLS_BEGIN, _CALLS_END, _BEGIN, _END, _SEPARATOR),
)
