# ruff: noqa: D102, ARG002
"""A scheduler for the time until there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import takewhile
from operator import eq

from olbuild.running.steps import Cut, Feed, Room, Step


class _Request:
    def __init__(self, number: int, prompt: tuple[int, ...]) -> None:
        self.number, self.pending, self.sequence = number, list(prompt), -1


class Scheduler:
    """First come, first served; each sequence keeps what was last read in it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._waiting: list[_Request] = []
        self._running: dict[int, _Request] = {}
        self._kept: list[list[int]] = [[] for _ in range(room.sequences)]

    def add(
        self,
        request: int,
        prompt: tuple[int, ...],
        *,
        most: int,
        shift: bool = False,
        keep: int = 0,
        client: str = "",
        cache: str = "",
        priority: int = 0,
    ) -> None:
        self._waiting.append(_Request(request, prompt))

    def finish(self, request: int) -> None:
        self._running.pop(request, None)
        self._waiting = [one for one in self._waiting if one.number != request]

    cancel = finish

    def schedule(self, guesses: Mapping[int, tuple[int, ...]] = {}) -> Step:
        cuts: list[Cut] = []
        while self._waiting and len(self._running) < self._room.sequences:
            one = self._waiting.pop(0)
            busy = {other.sequence for other in self._running.values()}
            free = [number for number in range(self._room.sequences) if number not in busy]

            def common(number: int, prompt: list[int] = one.pending) -> int:
                return sum(1 for _ in takewhile(bool, map(eq, self._kept[number], prompt[:-1])))

            one.sequence = max(free, key=lambda number: (common(number), -len(self._kept[number])))
            known = common(one.sequence)
            if not self._room.cuts and known != len(self._kept[one.sequence]):
                known = 0
            cuts.append(Cut(one.sequence, known))
            del self._kept[one.sequence][known:]
            del one.pending[:known]
            self._running[one.number] = one
        used = sum(map(len, self._kept)) + sum(len(one.pending) for one in self._running.values())
        busy = {other.sequence for other in self._running.values()}
        for number in range(self._room.sequences):
            if used > self._room.cells and number not in busy and self._kept[number]:
                used -= len(self._kept[number])
                self._kept[number] = []
                cuts.append(Cut(number, 0))
        feeds, left = [], self._room.batch
        for one in sorted(self._running.values(), key=lambda one: len(one.pending)):
            tokens = (*one.pending, *guesses.get(one.number, ()))[:left]
            if tokens:
                left -= len(tokens)
                outputs = max(0, 1 + len(tokens) - len(one.pending)) if len(tokens) >= len(one.pending) else 0
                feeds.append(Feed(one.number, one.sequence, len(self._kept[one.sequence]), tokens, outputs))
        return Step(cuts=tuple(cuts), feeds=tuple(feeds))

    def advance(self, step: Step, chosen: Mapping[int, tuple[int, ...]]) -> None:
        for feed in step.feeds:
            if (one := self._running.get(feed.request)) is None:
                continue
            accepted = len(feed.tokens)
            if feed.outputs:
                accepted += max(1, len(chosen.get(feed.request, ()))) - feed.outputs
                one.pending = list(chosen.get(feed.request, ())[-1:])
            else:
                del one.pending[: len(feed.tokens)]
            self._kept[feed.sequence] += feed.tokens[:accepted]

    def failed(self, step: Step, *, lost: Iterable[int] = (), full: bool = False) -> None:
        for number in lost:
            self._kept[number] = []
