"""A part of an answer with calls in it: what begins it, the calls one by one, what ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from olbuild.core.records import Frozen
from olbuild.running.chat.parsing.port import Called
from olbuild.running.chat.parsing.tape import BLANKS, Reading, Tape
from olbuild.running.chat.parsing.tools import Tools

Item: TypeAlias = Callable[[Tape, Tools], Reading[Sequence[Called] | None]]
"""Reads one or more calls where they begin; returns ``None`` if there are none, and leaves the place anywhere."""


class Section(Frozen, kw_only=True):
    """Calls between marks.

    Attributes:
        begins: what begins it.
        item: what reads the calls in it.
        ends: what ends it; it may be missing, since many models forget it, or stop before it.
        starts_item: what begins an item, where models forget the beginning of the section.
        between: characters between items that say nothing.
        many: whether there can be several items.
    """

    begins: tuple[str, ...]
    item: Item
    ends: tuple[str, ...] = ()
    starts_item: tuple[str, ...] = ()
    between: str = BLANKS
    many: bool = True

    @property
    def openers(self) -> tuple[str, ...]:
        """What may begin calls."""
        return (*self.begins, *self.starts_item)

    def read(self, tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
        """Pass the section, and return its calls; ``None`` if there is no call in it, the place is then free."""
        yield from tape.accept(*self.begins)
        calls: list[Called] = []
        place = tape.at
        while True:
            yield from tape.skip(self.between if calls else BLANKS)
            if calls and (yield from tape.accept(*self.ends)):
                return calls
            found = None if calls and not self.many else (yield from self.item(tape, tools))
            if not found:
                tape.at = place
                return calls or None
            calls += found
            place = tape.at


def either(*kinds: Item) -> Item:
    """Return what reads calls of any of these kinds, the first that fits."""

    def read(tape: Tape, tools: Tools) -> Reading[Sequence[Called] | None]:
        place = tape.at
        for item in kinds:
            found = yield from item(tape, tools)
            if found:
                return found
            tape.at = place
        return None

    return read
