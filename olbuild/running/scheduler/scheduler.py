"""The requests of one engine, and what it shall evaluate next.

Every answer that is being generated gets a token in each step; what is left of the step goes to prompts, and is kept
small while somebody generates, unless prompts end in it. Prompts are read by rank, but only half of a step is for the
first one: the other half goes to the shortest, so that a long prompt does not hold up short ones and is not held up by
them either.

Rounding depends on what is evaluated together: the same request can get another text, where two tokens are about
equally probable, when it is cut into other steps or begins with what another request has read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from olbuild.core.errors import UsageError
from olbuild.running.scheduler.clients import Clients
from olbuild.running.scheduler.entry import Entry
from olbuild.running.scheduler.figures import Figures
from olbuild.running.scheduler.pool import Pool
from olbuild.running.scheduler.queue import Queue
from olbuild.running.scheduler.reading import Reading, budget
from olbuild.running.steps import Feed, Restore, Room, Step

CHUNK = 256
_AHEAD = 16  # evaluations; more would save nothing that can be measured
_NOTHING: Mapping[int, Any] = {}


class Scheduler:
    """Decides, and never acts: ``schedule`` makes a step, ``advance`` or ``retract`` says what came of it.

    Attributes:
        limit: most tokens of one sequence.
        chunk: most tokens of prompts in a step in which somebody generates and no prompt ends; in others it is four
            to eight times as many, or a whole step for a request that is alone. It may be changed between steps.
    """

    def __init__(self, room: Room, *, chunk: int = CHUNK) -> None:
        """Begin without requests."""
        self._room = room
        self._pool = Pool(room)
        self._clients = Clients()
        self._queue = Queue(self._pool, self._clients, room.places)
        self._running = self._queue.running
        self._entries: dict[int, Entry] = {}
        self._arrivals = 0
        self._step: Step | None = None
        self.limit = min(room.context, room.cells)
        self.chunk = chunk

    def add(
        self,
        request: int,
        prompt: Sequence[int],
        *,
        most: int,
        shift: bool = False,
        keep: int = 4,
        client: str = "",
        cache: str = "",
        priority: int = 0,
    ) -> None:
        """Begin a request.

        Args:
            request: a number that no request in work has.
            prompt: its tokens, at least one.
            most: most tokens to generate; 0 only reads the prompt.
            shift: forget the older half when the context is full, instead of ending.
            keep: tokens at the front that are then kept; a negative number is the prompt.
            client: who asks; clients get equal shares.
            cache: what was read for one value is never used for another one.
            priority: higher goes first.

        Raises:
            UsageError: if the prompt is empty, or longer than a sequence can be.
        """
        if not 0 < len(prompt) <= self.limit:
            raise UsageError(f"the prompt has {len(prompt)} tokens; it can have 1 to {self.limit}")
        if request in self._entries:
            raise ValueError(f"request {request} is in work")
        entry = Entry(
            request=request,
            tokens=list(prompt),
            most=most,
            shift=shift,
            keep=len(prompt) if keep < 0 else keep,
            client=client,
            cache=cache,
            priority=priority,
            arrival=self._arrivals,
        )
        self._arrivals += 1
        self._entries[request] = entry
        self._queue.add(entry)

    def settle(self) -> Step:
        """Return the edits that the engine does not know yet, as a step that needs no ``advance``."""
        return Step(edits=self._pool.take_edits())

    @property
    def lacks(self) -> bool:
        """Whether a request is longer than what there is room for now; then ``grow`` has to come before a step."""
        reach = self._reach
        return reach < self.limit and any(len(entry.tokens) > reach for entry in self._entries.values())

    @property
    def _reach(self) -> int:
        """For how many tokens of a sequence there is room now."""
        return min(self.limit, self._room.ready or self.limit)

    def grow(self, room: Room, lost: frozenset[int]) -> tuple[int, ...]:
        """Take note that there is more room between two steps, after ``settle``; or that there will be no more.

        Args:
            room: what there is now, without memory for more with what was ready as its context.
            lost: sequences that hold nothing any more.

        Returns:
            The requests that have ended, because they are longer than that.
        """
        before = self.limit
        self._pool.grow(room)
        self._room = room
        self._queue.most = room.places
        self.limit = min(room.context, self._pool.cells)
        self._lose(lost)
        return self._end_long() if self.limit < before else ()

    def _lose(self, sequences: frozenset[int]) -> None:
        for sequence in sequences:
            self._pool.lose(sequence)
        for entry in self._running:
            entry.evaluated = self._pool.length(entry.sequence)

    def finish(self, request: int) -> None:
        """End a request, because its answer is complete or nobody wants it any more; what was read stays as a cache.

        At any time; a request that has ended is left alone.
        """
        if entry := self._entries.pop(request, None):
            self._queue.remove(entry)

    def cached(self, request: int) -> int:
        """Return how many tokens of a request's prompt were there when it began, and were not evaluated again."""
        return self._entries[request].cached

    @property
    def figures(self) -> Figures:
        """How busy it is."""
        return Figures.of(len(self._entries), self._queue, self._pool)

    def schedule(self, guesses: Mapping[int, Sequence[int]] = _NOTHING, floors: Mapping[int, int] = _NOTHING) -> Step:
        """Return the next step. Without feeds there is nothing to do but its edits.

        Args:
            guesses: for requests that generate, tokens that may follow the last one.
            floors: of sequences of which not any number of tokens can stay, the fewest that can.
        """
        if self._step is not None:
            raise ValueError("the last step has neither been done nor taken back")
        self._pool.promised, self._pool.floors = 0, dict(floors)
        for entry in self._running:
            entry.planned = 0
        self._make_place()
        ready = sorted((entry for entry in self._running if entry.pending == 1), key=lambda entry: entry.rank)
        feeds = self._generate(ready, guesses)
        if waiting := len(self._entries) - len(ready):
            left = self._room.batch - sum(len(feed.tokens) for feed in feeds)
            tokens = budget(left, self.chunk, waiting=waiting, generating=len(feeds))
            Reading(self._queue, self._pool, *tokens, copies=self._room.copies).share()
            running = {entry.request for entry in self._running}
            feeds = [feed for feed in feeds if feed.request in running]  # some may have had to make room
            feeds += [entry.feed(entry.planned) for entry in self._running if entry.planned and entry not in ready]
        feeds.sort(key=lambda feed: feed.sequence)  # llama.cpp evaluates neighbours together
        step = Step(edits=self._pool.take_edits(), feeds=tuple(feeds), ahead=self._ahead(feeds))
        self._step = step if feeds else None
        return step

    def _make_place(self) -> None:
        """Shift full contexts; then see to it that each answer can get a cell for its next token."""
        for entry in self._running:
            if len(entry.tokens) > self.limit:
                keep = min(entry.keep, self.limit - 1)
                discard = max((self.limit - keep) // 2, 1)
                del entry.tokens[keep : keep + discard]
                if entry.evaluated == self.limit and self._pool.shift(entry.sequence, keep, discard):
                    entry.evaluated -= discard
                elif entry.evaluated > keep:  # it cannot be shifted, or has lost what was to be
                    entry.evaluated = self._pool.cut(entry.sequence, keep)
        while not self._pool.reserve(self._queue.least):
            self._queue.preempt(max(self._running, key=lambda entry: entry.rank))

    def _generate(self, ready: Sequence[Entry], guesses: Mapping[int, Sequence[int]]) -> list[Feed]:
        """Feed the last token of each answer, and guesses as there is room for them; beside prompts, half of that."""
        for entry in ready:
            entry.planned = 1
        self._pool.promised = len(ready)
        spare = self._room.batch - len(ready)
        if len(ready) < len(self._entries):
            spare //= 2
        spare = min(spare, self._room.most_outputs - min(len(self._entries), self._room.places), self._pool.free - 1)
        feeds = []
        for entry in ready:
            places = min(entry.most - entry.generated, self._reach - entry.evaluated) - 1
            known = guesses.get(entry.request, ()) if self._room.cuts and entry.generated else ()
            likely = tuple(known)[: max(0, min(spare, places))]
            spare -= len(likely)
            entry.planned += len(likely)
            self._pool.promised += len(likely)
            feeds.append(entry.feed(1, likely))
        return feeds

    def _ahead(self, feeds: Sequence[Feed]) -> int:
        """Return how many tokens more each answer can get before there is anything to decide."""
        if len(feeds) < len(self._entries) or not all(len(feed.tokens) == feed.outputs == 1 for feed in feeds):
            return 0
        least = [min(entry.most - entry.generated, self._reach - entry.evaluated) - 1 for entry in self._running]
        return max(0, min(_AHEAD, *least, self._pool.free // len(feeds))) if feeds else 0

    def advance(self, step: Step, chosen: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
        """Take note that a step was done.

        Args:
            step: the step.
            chosen: for each request with outputs, the tokens that were evaluated behind what it was fed, which are the
                guesses that were right or those of ``Step.ahead``, and the token that follows. Without a token a
                request has ended.

        Returns:
            The requests that have ended, because they have all their tokens or the context is full.
        """
        self._done(step)
        ended = []
        for feed in step.feeds:
            entry = self._entries.get(feed.request)
            if entry is None:  # it was ended in the meantime
                self._pool.settle(feed.sequence)
                continue
            new = chosen.get(feed.request, ()) if feed.outputs else ()
            right = (*feed.tokens[: len(feed.tokens) - max(feed.outputs - 1, 0)], *new[:-1])
            self._pool.extend(entry.sequence, right)
            entry.evaluated += len(right)
            if len(right) < len(feed.tokens):
                self._pool.settle(entry.sequence)
            entry.tokens += new
            entry.generated += len(new)
            self._clients.serve(entry.client, len(new))
            full = entry.evaluated == self.limit and not entry.shift
            if not entry.pending or full or (new and entry.generated >= entry.most):
                self.finish(entry.request)
                ended.append(entry.request)
        self._clients.advance(sum([max(len(feed.tokens), len(chosen.get(feed.request, ()))) for feed in step.feeds]))
        return tuple(ended)

    def retract(self, step: Step, *, lost: frozenset[int] = frozenset(), full: bool = False) -> tuple[int, ...]:
        """Take note that the edits of a step were done, and its feeds were not.

        Args:
            step: the step; one without feeds only if something was lost.
            lost: sequences that are empty now, because the engine could not forget a part of them, or not restore them.
            full: there were not enough cells. So there are less than was thought; someone makes room.

        Returns:
            The requests that have ended, because they cannot go on with the cells that there are.
        """
        if step.feeds:
            self._done(step)
        for edit in step.edits:
            if isinstance(edit, Restore) and edit.target in lost:
                self._pool.forget(edit.copy)
        self._lose(lost)
        for feed in step.feeds:
            if feed.request not in self._entries:
                self._pool.settle(feed.sequence)
        return self._shrink(step) if full else ()

    def _shrink(self, step: Step) -> tuple[int, ...]:
        """Believe in no more cells than there were, and give some up."""
        fed = sum(len(feed.tokens) for feed in step.feeds)
        self._pool.cells = max(1, min(self._pool.cells, self._pool.used + fed - 1))
        self.limit = min(self.limit, self._pool.cells)
        if not self._pool.give_up_all() and len(self._running) > 1:
            self._queue.preempt(max(self._running, key=lambda entry: entry.rank))
        return self._end_long()

    def _end_long(self) -> tuple[int, ...]:
        """End the requests that cannot go on with what a sequence can have."""
        ended = tuple(entry.request for entry in self._entries.values() if len(entry.tokens) > self.limit)
        for request in ended:
            self.finish(request)
        return ended

    def _done(self, step: Step) -> None:
        if self._step is not step:
            raise ValueError("this is not the step that was to be done")
        self._step = None
