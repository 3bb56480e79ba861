"""gpt-oss: messages with a header each, which says the channel, and whom a call is for.

Source: cookbook.openai.com, "OpenAI Harmony Response Format".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from olbuild.running.chat.parsing.family import Family, Situation
from olbuild.running.chat.parsing.port import Called, Content, Parsed, Thought
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.values import as_json

_START, _CHANNEL, _MESSAGE, _CONSTRAIN = "<|start|>", "<|channel|>", "<|message|>", "<|constrain|>"
_ENDS = ("<|end|>", "<|return|>", "<|call|>")
_LONGEST_HEADER = 512
_BEGINNINGS = (_CHANNEL, _START, _MESSAGE, _CONSTRAIN, "to=", "assistant")
_NAME = re.compile(r"[\w.:-]+")


def _harmony(tape: Tape, situation: Situation) -> Reading[None]:
    """Read messages until the text ends. What is no message is content."""
    if situation.opened:
        yield from _text(tape, Thought)
    while (yield from tape.peek(1)):
        place = tape.at
        header = yield from _header(tape)
        if header is None:
            tape.at = place
            if (yield from tape.comes(_START)):  # of no message, and so it ends none
                tape.give(Content, place + 1)
            yield from _text(tape, Content)
            continue
        recipient, channel = header
        if recipient:
            yield from _call(tape, recipient, place)
        else:
            yield from _text(tape, Thought if channel == "analysis" else Content)


def _header(tape: Tape) -> Reading[tuple[str, str] | None]:
    """Pass the header of a message, and return its recipient and channel; ``None`` if none comes."""
    yield from tape.skip()
    place = tape.at
    if not (yield from tape.accept(*_BEGINNINGS)):
        return None
    tape.at = place
    found = yield from tape.until(_MESSAGE, *_ENDS, most=_LONGEST_HEADER)
    if found is None or found[1] != _MESSAGE:
        return None
    recipient = re.search(r"\bto=([^\s<]+)", found[0])
    channel = re.search(r"<\|channel\|>\s*(\w+)", found[0])
    return recipient[1] if recipient else "", channel[1] if channel else ""


def _text(tape: Tape, kind: Callable[[str], Parsed]) -> Reading[None]:
    """Pass the text of a message, and what ends it; the beginning of another one ends it too."""
    end = yield from tape.stream(kind, *_ENDS, _START)
    if end is not None:
        tape.give(kind, end)
        yield from tape.accept(*_ENDS)


def _call(tape: Tape, recipient: str, start: int) -> Reading[None]:
    """Pass the arguments of a call; if they are none, all from the header on is content."""
    found = yield from tape.until(*_ENDS, _START)
    text = tape.text[tape.at :] if found is None else found[0]
    name = recipient.removeprefix("functions.")
    arguments = as_json(text) if text.strip() else "{}"
    if arguments is None or not arguments.startswith("{") or not _NAME.fullmatch(name):
        end = tape.at
        tape.at = start
        tape.give(Content, end if found else len(tape.text))
        return
    if found is None:
        tape.at = len(tape.text)
    elif found[1] == _START:
        tape.at -= len(_START)
    tape.out.append(Called(name, arguments))


HARMONY = Family(
    name="harmony",
    signs=((_CHANNEL, _MESSAGE),),
    whole=_harmony,
    tags=Tags(
        begins=("<|channel|>analysis<|message|>",), ends=("<|channel|>final<|message|>",), before_calls=(_ENDS[0],)
    ),
    controls=(_START, _CHANNEL, _MESSAGE, _CONSTRAIN, _ENDS[0]),
)
