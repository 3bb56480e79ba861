"""One model on its way into memory, in it, and on its way out."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import OlbuildError
from olbuild.core.events import Emit, Event
from olbuild.running.failing import failed, raised
from olbuild.running.frames.messages import Loaded, Prepared
from olbuild.running.manager.measure import own_memory
from olbuild.running.manager.options import fixed_at_load, same_when_loaded
from olbuild.running.manager.policy import Holder, Memory
from olbuild.running.manager.port import Wanted
from olbuild.running.manager.worker import Worker
from olbuild.running.requests import Failed

State: TypeAlias = Literal["coming", "loading", "ready", "going", "gone"]

_LOGGER = logging.getLogger("olbuild.manager")
_keys = itertools.count(1)


class Resident:
    """A model with its processes and its users.

    Args:
        wanted: who wanted it first.
        keep_alive: seconds to keep it without requests; negative is for ever.
    """

    def __init__(self, wanted: Wanted, keep_alive: float) -> None:
        """Begin without a process. In an event loop."""
        self.key = next(_keys)
        self.name, self.root = wanted.name, wanted.root
        self.asked = fixed_at_load(wanted.options)
        self.keep_alive = keep_alive
        self.state: State = "coming"
        self.workers: list[Worker] = []
        self._wished = False
        self._waiters = 0
        self._at: Counter[Worker] = Counter()
        self.prepared = Prepared(host=0)
        self.loaded: Loaded | None = None
        self.task: asyncio.Task[None] | None = None
        self.instead: Resident | None = None
        """What is used in its place: it turned out that the same model was there."""
        self._settled: asyncio.Future[Failed | None] = asyncio.get_running_loop().create_future()
        self._listeners: list[Emit] = []
        self._timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0

    # ── what it is ──

    @property
    def root_key(self) -> str:
        """The digest of its artifact."""
        return str(self.root.digest)

    @property
    def usable(self) -> bool:
        """Whether it can be asked at once."""
        return self.state == "ready" and all(worker.usable for worker in self.workers)

    def serves(self, options: Mapping[str, ParameterValue]) -> bool:
        """Whether what is wanted with such parameters is this, or what this is going to be."""
        wanted = fixed_at_load(options)
        if self.loaded is None:
            return wanted == self.asked
        own = fixed_at_load(self.prepared.parameters)
        return same_when_loaded({**own, **wanted}, {**own, **self.asked}, self.loaded.automatic, self.loaded.fixed)

    @property
    def used(self) -> int:
        """How many requests it has, those included that wait for it."""
        return self._waiters + self._at.total()

    @property
    def places(self) -> int:
        """How many requests are worked on at once."""
        return max(1, self.loaded.parallel if self.loaded else 1) * max(1, len(self.workers))

    @property
    def waiting(self) -> int:
        """How many of its requests wait."""
        return self.used if self.state in {"coming", "loading"} else max(0, self.used - self.places)

    @property
    def memory(self) -> Memory:
        """What it takes: what was predicted, or what the engine reports, or what is measured, if that is more."""
        facts = [self.loaded.facts] if self.loaded else []
        gpu = max([self.prepared.gpu, *(fact.gpu_memory for fact in facts)])
        host = max([self.prepared.host, *(fact.memory - fact.gpu_memory for fact in facts)])
        count = max(self.prepared.replicas, len(self.workers))
        return Memory(host=max(host * count, self.measured), gpu=gpu * count)

    @property
    def measured(self) -> int:
        """What its processes have of the memory of the machine, files that they read not counted."""
        return sum(own_memory(worker.pid) for worker in self.workers)

    @property
    def reserved(self) -> int:
        """What of the memory of the machine it may take and has not got, files that it reads included."""
        copies = self.loaded.copies * len(self.workers) if self.loaded else 0
        return max(0, self.memory.host + copies - self.measured)

    @property
    def expires(self) -> float | None:
        """In how many seconds it goes by itself, counted from now if it is in use; ``None`` is never."""
        if self.keep_alive < 0:
            return None
        passed = 0.0 if self.used else time.monotonic() - self._idle_since
        return max(0.0, self.keep_alive - passed)

    def holder(self) -> Holder:
        """Return what the policy needs to know."""
        going = self.state in {"going", "gone"}
        return Holder(key=self.key, users=self.used, stays=self.expires, holds=self.memory, going=going)

    # ── its users ──

    def hear(self, event: Event) -> None:
        """Tell all that wait how loading goes."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # one who listens badly harms nobody else
                _LOGGER.exception("the progress of loading %s could not be told", self.name)

    async def settle(self, emit: Emit) -> None:
        """Wait until it can be used.

        Raises:
            OlbuildError: if it cannot be loaded.
        """
        self._listeners.append(emit)
        try:
            failure = await asyncio.shield(self._settled)
        finally:
            self._listeners.remove(emit)
        if failure is not None:
            raise raised(failure)

    def succeed(self) -> None:
        """Let those that wait begin."""
        if not self._settled.done():
            self._settled.set_result(None)

    def fail(self, error: OlbuildError) -> None:
        """Tell those that wait that it cannot be loaded."""
        if not self._settled.done():
            self._settled.set_result(failed(error))

    def enter(self, keep_alive: float | None) -> None:
        """Count a request that waits, and stay as long as it wishes; ``None`` is no wish."""
        if keep_alive is not None:
            self.keep_alive, self._wished = keep_alive, True
        self._waiters += 1
        self.stop_timer()

    def begin(self) -> Worker:
        """Let a request that waits begin, at the worker with the fewest."""
        worker = min(self.workers, key=lambda one: self._at[one])
        self._waiters -= 1
        self._at[worker] += 1
        return worker

    def leave(self, worker: Worker | None) -> None:
        """Count a request no longer: one that was begun at a worker, or one that waits."""
        if worker is None:
            self._waiters -= 1
        else:
            self._at[worker] -= 1
        if not self.used:
            self._idle_since = time.monotonic()

    def hand_over(self, other: Resident) -> None:
        """Let all that wait use another one, which is ready."""
        other.stop_timer()
        other._waiters += self._waiters
        self._waiters = 0
        if self._wished:
            other.keep_alive = self.keep_alive
        self.instead = other
        self.state = "gone"
        self.succeed()

    # ── its time ──

    def start_timer(self, expired: Callable[[Resident], None]) -> None:
        """Let it go when it was not used for long enough."""
        self.stop_timer()
        if self.keep_alive >= 0:
            self._timer = asyncio.get_running_loop().call_later(self.keep_alive, expired, self)

    def stop_timer(self) -> None:
        """Keep it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
