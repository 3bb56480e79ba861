"""Functionary: calls in tags (3.1), or messages that begin with who they are for (3.2): ``>>>NAME``, a line, the text.

Source: the chat templates of functionary-medium-v3.1 and v3.2. The prompts of v3.2 end with the first ``>>>``.
"""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.running.chat.parsing.families.llama import CUSTOM
from olbuild.running.chat.parsing.family import MOST_FAILURES, Family, Situation
from olbuild.running.chat.parsing.port import Called, Content
from olbuild.running.chat.parsing.syntax.json_calls import json_object
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools

_MARK, _TO_ALL = ">>>", "all\n"
_LONGEST_NAME = 256


def _messages(tape: Tape, situation: Situation) -> Reading[None]:
    """Read messages: those to a function that there is are calls, and all others content."""
    start = tape.at
    yield from tape.accept(_MARK)  # which the prompt has already
    place, failures = tape.at, 0
    while True:
        if not (yield from tape.accept(_TO_ALL)):
            calls = yield from _call(tape, situation.tools)
            if calls:
                tape.out += calls
                yield from tape.skip()
            else:
                tape.at = start
                tape.give(Content, place)
                failures += 1
        end = yield from tape.stream(Content, *((_MARK,) if failures < MOST_FAILURES else ()))
        if end is None:
            return
        start, tape.at = tape.at, end + len(_MARK)
        yield from tape.skip(">")  # of several, the last ones are the mark
        place = tape.at
        if place > end + len(_MARK):
            tape.at = start
            tape.give(Content, place - len(_MARK))
            start, tape.at = tape.at, place


def _call(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read the name of a function, and arguments on the next line."""
    found = yield from tape.until("\n", most=_LONGEST_NAME)
    if found is None or found[0] not in tools:
        return None
    arguments = yield from json_object(tape)
    return None if arguments is None else [Called(found[0], arguments)]


FUNCTIONARY = Family(
    name="functionary-v3.1",
    signs=(("<|python_tag|>", "<function="),),
    sections=(CUSTOM,),
    controls=("<|python_tag|>",),
)
FUNCTIONARY32 = Family(name="functionary-v3.2", signs=((">>>all", "${recipient}"),), whole=_messages)
