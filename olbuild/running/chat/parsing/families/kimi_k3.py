"""Kimi K3: parts of an answer in tags that are tokens, ``<|open|>NAME ATTRIBUTES<|sep|>`` to ``<|close|>NAME<|sep|>``.

Source: its chat template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.syntax.section import Section
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.typed import typed
from olbuild.running.chat.parsing.values import as_json, joined

_OPEN, _CLOSE, _SEPARATOR = "<|open|>", "<|close|>", "<|sep|>"
_LONGEST_TAG = 512
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')


def _begin(name: str) -> str:
    return f"{_OPEN}{name}{_SEPARATOR}"


def _end(name: str) -> str:
    return f"{_CLOSE}{name}{_SEPARATOR}"


def _call(tape: Tape, _tools: Tools) -> Reading[Sequence[Called] | None]:
    """Read a call, its arguments one by one, or all in one JSON object."""
    name = (yield from _attributes(tape, "call")).get("tool", "")
    if not name:
        return None
    arguments: dict[str, str] = {}
    while True:
        yield from tape.skip()
        if (yield from tape.accept(_end("call"))) or (yield from tape.comes(_end("tools"))):
            return [Called(name, joined(arguments))]
        if (yield from _attributes(tape, "json")):
            found = yield from tape.until(_end("json"))
            whole = as_json(found[0]) if found else None
            yield from tape.skip()
            closed = yield from tape.accept(_end("call"))
            return [Called(name, whole)] if closed and whole and whole.startswith("{") else None
        attributes = yield from _attributes(tape, "argument")
        found = (yield from tape.until(_end("argument"))) if "key" in attributes else None
        if found is None:
            return None
        kind = attributes.get("type")
        arguments[attributes["key"]] = typed(found[0], frozenset({kind} if kind else ()))


def _attributes(tape: Tape, name: str) -> Reading[Mapping[str, str]]:
    """Pass a tag, and return its attributes; none, in the same place, if it does not come."""
    if not (yield from tape.accept(f"{_OPEN}{name} ")):
        return {}
    found = yield from tape.until(_SEPARATOR, most=_LONGEST_TAG)
    pairs = _ATTRIBUTE.findall(found[0]) if found else ()
    return {key: value.replace("&quot;", '"').replace("&amp;", "&") for key, value in pairs}


KIMI_K3 = Family(
    name="kimi-k3",
    signs=(("<|open|>", "<|close|>", "<|end_of_msg|>"),),
    sections=(Section(begins=(_begin("tools"),), item=_call, ends=(_end("tools"),), starts_item=(f"{_OPEN}call ",)),),
    controls=(_OPEN, _CLOSE, _SEPARATOR),
    dropped=(_begin("response"), _end("response"), _end("message")),
    tags=Tags(begins=(_begin("think"),), ends=(_end("think"),)),
)
