"""Calls in tags, each parameter in a tag of its own; what stands in it is bare text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import field

from olbuild.core.records import Frozen
from olbuild.running.chat.parsing.markers import markers
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.chat.parsing.typed import typed
from olbuild.running.chat.parsing.values import dump, joined

_LONGEST_NAME = 256


class Tagged(Frozen, kw_only=True):
    """How such calls are written: ``function NAME name_end (parameter NAME parameter_end TEXT close)* end``.

    Attributes:
        function: what stands before the name of the function; nothing, where the section has said it.
        name_end: what stands behind it; one that also begins a parameter, or ends the function, is not passed.
        parameter: what stands before the name of a parameter.
        parameter_end: what stands behind it.
        close: what ends a parameter.
        end: what ends the function; it may be missing where the section ends.
        section_ends: what ends the section, which is not passed.
        padded: whether a line break before and after the text of a parameter is no part of it.
        kinds: the types that ends of a parameter's name say it has, instead of the tool's schema.
        verbatim: what stands before and behind a text that may have any mark in it.
    """

    function: tuple[str, ...]
    name_end: tuple[str, ...]
    parameter: tuple[str, ...]
    parameter_end: tuple[str, ...]
    close: tuple[str, ...]
    end: tuple[str, ...]
    section_ends: tuple[str, ...] = ()
    padded: bool = False
    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    verbatim: tuple[str, str] | None = None

    def __call__(self, tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
        """Read one call."""
        if self.function and not (yield from tape.accept(*self.function)):
            return None
        name = yield from self._name(tape)
        if name is None:
            return None
        arguments: dict[str, str] = {}
        while True:
            place = tape.at
            yield from tape.skip()
            if (yield from tape.accept(*self.end)):
                return [Called(name, joined(arguments))]
            if (yield from self._follows(tape, *self.section_ends)):
                return [Called(name, joined(arguments))]
            if not (yield from tape.accept(*self.parameter)):
                return None
            found = yield from tape.until(*self.parameter_end, most=_LONGEST_NAME)
            if found is None:
                tape.at = place
                return None
            key, types = _unquoted(found[0]), self.kinds.get(found[1])
            text = yield from self._verbatim(tape)
            if text is not None:
                arguments[key] = dump(text)
                continue
            text = yield from self._text(tape)
            if text is None:
                tape.at = place
                return None
            arguments[key] = typed(text, tools.types(name, key) if types is None else types)

    def _name(self, tape: Tape) -> Reading[str | None]:
        stops = (*self.name_end, *(() if self.function else (*self.parameter, *self.end)))
        found = yield from tape.until(*stops, most=_LONGEST_NAME)
        if found is None:
            return None
        text, stop = found
        if stop not in self.name_end:
            tape.at -= len(stop)
        name = _unquoted(text)
        return name if name and not re.search(r"[\n<>{}\"]", name) else None

    def _verbatim(self, tape: Tape) -> Reading[str | None]:
        """Pass a text of any kind and the end of the parameter; ``None``, in the same place, if none comes."""
        place = tape.at
        if self.verbatim and (yield from tape.accept(self.verbatim[0])):
            found = yield from tape.until(*(self.verbatim[1] + close for close in self.close))
            if found:
                return found[0]
        tape.at = place
        return None

    def _text(self, tape: Tape) -> Reading[str | None]:
        """Pass the text of a parameter: up to a closing tag behind which the call goes on or ends."""
        start = at = tape.at
        closes = markers(*self.close)
        while True:
            at, close = closes.find(tape.text, at, ended=tape.ended)
            if close is None:
                if not (yield from tape.more()):
                    tape.at = start
                    return None
                continue
            tape.at = at + len(close)
            yield from tape.skip()
            goes_on = yield from self._follows(tape, *self.parameter, *self.end, *self.section_ends)
            if goes_on or (tape.ended and tape.at == len(tape.text)):
                text, tape.at = tape.text[start:at], at + len(close)
                return text.removeprefix("\n").removesuffix("\n") if self.padded else text
            at += 1

    def _follows(self, tape: Tape, *texts: str) -> Reading[bool]:
        place = tape.at
        found = yield from tape.accept(*texts)
        tape.at = place
        return found is not None


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'" else name
