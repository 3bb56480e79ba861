"""What a family of models writes, and the reader of its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from olbuild.core.records import Frozen
from olbuild.running.chat.parsing.port import Content, Parsed, Thought
from olbuild.running.chat.parsing.syntax.section import Item, Section
from olbuild.running.chat.parsing.syntax.unmarked import bare, fenced
from olbuild.running.chat.parsing.tape import Reading, Tape
from olbuild.running.chat.parsing.thinking import Tags
from olbuild.running.chat.parsing.tools import Tools

MOST_FAILURES = 64
"""So often what looks like a call may be none, before nothing is taken for a call any more: the work of a parser stays
in proportion to the text."""


class Situation(Frozen, kw_only=True):
    """What an answer stands in.

    Attributes:
        tools: those that may be called; without any, what looks like a call is text.
        tags: what is around thoughts; ``None`` if there are none.
        opened: whether the prompt ends where thoughts have begun.
    """

    tools: Tools
    tags: Tags | None
    opened: bool = False


Whole: TypeAlias = Callable[[Tape, Situation], Reading[None]]
"""Reads a whole answer."""


class Family(Frozen, kw_only=True):
    """A way to write answers.

    Attributes:
        name: what it is called.
        signs: texts in a chat template, each of which alone tells that it is of this family; every text of a tuple.
        sections: the calls.
        controls: tokens of calls that a tokenizer may have as control tokens, so that they have to be asked for.
        dropped: texts that frame an answer and say nothing, with the blanks behind them.
        unmarked: what reads calls without any mark, which count in front of an answer only.
        whole: what reads its answers, if they are made of other parts.
        tags: the thoughts that its models always have.
    """

    name: str
    signs: tuple[str | tuple[str, ...], ...] = ()
    sections: tuple[Section, ...] = ()
    controls: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    unmarked: tuple[Item, ...] = (bare, fenced)
    whole: Whole | None = None
    tags: Tags | None = None

    def is_told_by(self, template: str) -> bool:
        """Whether a template shows that its model is of this family."""
        return any(all(text in template for text in _texts(sign)) for sign in self.signs)

    def read(self, tape: Tape, situation: Situation) -> Reading[None]:
        """Read an answer."""
        return (self.whole or self._answer)(tape, situation)

    def _answer(self, tape: Tape, situation: Situation) -> Reading[None]:
        tags = situation.tags
        if tags is not None:
            yield from _thoughts_in_front(tape, tags, opened=situation.opened)
        yield from self._body(tape, situation)

    def _body(self, tape: Tape, situation: Situation) -> Reading[None]:
        sections = self.sections if situation.tools else ()
        tags = situation.tags if situation.tags and situation.tags.anywhere else None
        by_opener = {opener: section.read for section in reversed(sections) for opener in section.openers}
        others = (*self.dropped, *(tags.begins if tags else ()))
        ends = tuple(sorted({*by_opener, *others}, key=len, reverse=True))
        failures = 0
        if situation.tools:
            yield from self._front(tape, situation.tools)
        while (start := (yield from tape.stream(Content, *ends))) is not None:
            before, tape.at = tape.at, start
            marker = (yield from tape.accept(*ends)) or ""
            if tags and marker in tags.begins:
                yield from _thoughts(tape, tags)
            elif marker in self.dropped:
                yield from tape.skip()
            else:
                tape.at = start
                calls: Sequence[Parsed] | None = yield from by_opener[marker](tape, situation.tools)
                if calls:
                    tape.out += calls
                    yield from tape.skip()
                    continue
                tape.at = before
                tape.give(Content, start + 1)
                failures += 1
                if failures >= MOST_FAILURES:
                    ends = others

    def _front(self, tape: Tape, tools: Tools) -> Reading[None]:
        start = tape.at
        yield from tape.skip()
        place = tape.at
        for item in self.unmarked:
            calls = yield from item(tape, tools)
            if calls:
                tape.out += calls
                yield from tape.skip()
                return
            tape.at = place
        tape.at = start


def _thoughts_in_front(tape: Tape, tags: Tags, *, opened: bool) -> Reading[None]:
    """Pass thoughts, if the answer begins with them."""
    start = tape.at
    yield from tape.skip()
    begun = yield from tape.accept(*tags.begins)
    if begun or opened:
        yield from _thoughts(tape, tags)
    else:
        tape.at = start


def _thoughts(tape: Tape, tags: Tags) -> Reading[None]:
    """Pass thoughts and the tag that ends them."""
    yield from tape.skip()
    end = yield from tape.stream(Thought, *tags.ends)
    if end is not None:
        tape.at = end
        yield from tape.accept(*tags.ends)
        yield from tape.skip()


def _texts(sign: str | tuple[str, ...]) -> tuple[str, ...]:
    return (sign,) if isinstance(sign, str) else sign
