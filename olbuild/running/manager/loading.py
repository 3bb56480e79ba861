"""Which models are here, come and go: the shell around the policy."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import assert_never

from olbuild.core.errors import EngineError, OlbuildError, ResourceError
from olbuild.core.events import ignore
from olbuild.running.frames.messages import Load, Loaded, Prepare
from olbuild.running.manager.crashes import Crashes
from olbuild.running.manager.policy import Go, Memory, Refuse, Room, Wait, decide
from olbuild.running.manager.port import Wanted
from olbuild.running.manager.resident import Resident
from olbuild.running.manager.settings import Settings
from olbuild.running.manager.tasks import Change, Tasks
from olbuild.running.manager.worker import Worker

_LOGGER = logging.getLogger("olbuild.manager")
_AUTOMATIC_MOST = 3
_USABLE = 0.95  # of the memory that is free: others want some too, and a prediction is none to the byte


class Loading:
    """Brings models into memory, one after the other as far as the decision goes, and takes them out.

    Args:
        settings: how.
        rest: is told of each model that became ready.
    """

    def __init__(self, settings: Settings, rest: Callable[[Resident], None]) -> None:
        """Begin with nothing."""
        self._settings, self._rest = settings, rest
        self._queue: list[Resident] = []
        self._others: list[Resident] = []  # loading, ready, or going
        self._crashes = Crashes()
        self._tasks = Tasks()
        self._serving: asyncio.Task[None] | None = None
        self.changed = Change()
        """Told of whatever may matter to those who wait."""

    # ── what there is ──

    @property
    def ready(self) -> list[Resident]:
        """The models that can be used."""
        return [one for one in self._others if one.usable]

    @property
    def loaded(self) -> list[Resident]:
        """The models that are in memory."""
        return [one for one in self._others if one.state == "ready" or (one.state == "going" and one.used)]

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(one.waiting for one in (*self._queue, *self._others))

    @property
    def places(self) -> int:
        """How many requests are worked on at once."""
        return sum(one.places for one in self.ready)

    def find(self, wanted: Wanted) -> Resident | None:
        """Return what there is, or comes, of a model with the parameters that are wanted."""
        for one in (*self._others, *self._queue):
            alive = one.state in {"coming", "loading"} or one.usable
            if alive and one.root.digest == wanted.root.digest and one.serves(wanted.options):
                return one
        return None

    # ── in ──

    def bring(self, resident: Resident) -> Resident:
        """Load a model when its turn has come; return it."""
        self._queue.append(resident)
        if self._serving is None or self._serving.done():
            self._serving = self._tasks.spawn(self._serve())
        return resident

    async def _serve(self) -> None:
        while self._queue:
            resident = self._queue[0]
            resident.task = self._tasks.spawn(self._admit(resident))
            await asyncio.wait([resident.task])

    async def _admit(self, resident: Resident) -> None:
        """Decide about the first in the queue, and take it out of the queue."""
        try:
            with self._failing(resident):
                await self._make_room(resident)
        finally:
            self._queue.remove(resident)
            if resident.state == "coming":
                self._others.append(resident)
                resident.state = "loading"
                resident.task = self._tasks.spawn(self._load(resident))
            self.changed.tell()

    async def _make_room(self, resident: Resident) -> None:
        """Return when there is room for a model, or another one is used in its place."""
        await self._settle_others(resident)
        if resident.state != "coming":
            return
        self._crashes.refuse(resident.root_key, resident.name, time.monotonic())
        worker = await self._start(resident)
        while True:
            resident.prepared = await worker.prepare(self._wish(resident))
            needs = resident.memory
            decision = decide(needs, [one.holder() for one in self._others], self._room(resident))
            match decision:
                case Go():
                    return
                case Refuse(available):
                    raise ResourceError(
                        f"{resident.name} needs {needs.host:,} bytes of memory, and {max(0, available):,} are free",
                        hint="a smaller num_ctx, or a more strongly quantised model, takes less",
                    )
                case Wait(dismiss):
                    for one in [other for other in self._others if other.key in dismiss]:
                        self.dismiss(one)
                    await self.changed.wait()
                case _:
                    assert_never(decision)

    async def _settle_others(self, resident: Resident) -> None:
        """Use the same model if it is there; if it is there with other parameters, let it go."""
        while same := [one for one in self._others if one.root_key == resident.root_key]:
            for one in same:
                if one.usable and one.serves(resident.asked):
                    resident.hand_over(one)
                    return
                self.dismiss(one)
            if all(one.state != "loading" for one in same):
                return
            await self.changed.wait()

    def _room(self, resident: Resident) -> Room:
        free = self._settings.free_memory()
        if free is None:
            free = sys.maxsize
        free -= self._reserved(resident)
        gpu = resident.prepared.gpu_free - sum(one.memory.gpu for one in self._others if one.state == "loading")
        most = self._settings.most_loaded or _AUTOMATIC_MOST
        return Room(free=Memory(host=int(free * _USABLE), gpu=gpu), most=most)

    def _reserved(self, resident: Resident) -> int:
        """Return what looks free and is others': what they read from files, and what they have not got yet."""
        return sum(one.reserved for one in self._others if one is not resident)

    async def _start(self, resident: Resident) -> Worker:
        worker = await Worker.start(self._settings.command, resident.name, self._settings.patience)
        resident.workers.append(worker)
        return worker

    def _wish(self, resident: Resident) -> Prepare:
        return Prepare(
            home=str(self._settings.home),
            name=resident.name,
            root=resident.root.to_json(),
            options=dict(resident.asked),
            context=self._settings.context,
            parallel=self._settings.parallel,
            prompt_memory=self._settings.prompt_memory,
            cache=self._settings.cache,
            flash_attention=self._settings.flash_attention,
            level=_LOGGER.getEffectiveLevel(),
        )

    async def _load(self, resident: Resident) -> None:
        with self._failing(resident):
            try:
                resident.loaded = await self._load_all(resident)
            except ResourceError:  # what was predicted was too little
                if not await self._make_more_room(resident):
                    raise
                resident.loaded = await self._load_all(resident)
            resident.state = "ready"
            for worker in resident.workers:
                worker.ended.add_done_callback(lambda _: self._lose(resident))
            resident.succeed()
            self._rest(resident)

    async def _load_all(self, resident: Resident) -> Loaded:
        """Let the process that prepared the model load it, and others beside it if it shall have several."""
        loaded = await resident.workers[0].load(Load(reserved=self._reserved(resident)), resident.hear)
        for number in range(1, resident.prepared.replicas):
            worker = await self._start(resident)
            await worker.prepare(self._wish(resident))
            await worker.load(Load(replica=number), ignore)
        return loaded

    async def _make_more_room(self, resident: Resident) -> bool:
        """Let all go that nobody uses, and prepare anew in a fresh process; return whether there were any."""
        idle = [one for one in self.ready if not one.used]
        for one in idle:
            self.let_go(one)
        for one in idle:
            await self.wait_until_gone(one)
        if idle:
            await asyncio.gather(*(worker.kill() for worker in resident.workers))
            resident.workers.clear()
            worker = await self._start(resident)
            resident.prepared = await worker.prepare(self._wish(resident))
        return bool(idle)

    @contextmanager
    def _failing(self, resident: Resident) -> Iterator[None]:
        """Tell all that wait for a model why it is not loaded, whatever the reason: nobody shall wait for ever."""
        try:
            yield
        except OlbuildError as error:
            self._give_up(resident, error)
        except Exception as error:
            _LOGGER.exception("%s could not be loaded", resident.name)
            text = f"olbuild failed to load {resident.name} ({type(error).__name__})"
            self._give_up(resident, EngineError(text))

    def _give_up(self, resident: Resident, error: OlbuildError) -> None:
        if any(worker.ended.done() for worker in resident.workers):
            self._crashes.count(resident.root_key, time.monotonic(), error.message)
        resident.fail(error)
        self._end(resident)

    # ── out ──

    def dismiss(self, resident: Resident) -> None:
        """Let a model go once its requests have ended, and give it to no further ones."""
        if resident.state == "ready":
            resident.state = "going"
        self.let_go(resident)

    def let_go(self, resident: Resident) -> None:
        """Let a model go unless it is used."""
        if not resident.used:
            self._end(resident)

    def abandon(self, resident: Resident) -> None:
        """End what nobody waits for any more."""
        if resident.task is not None:
            resident.task.cancel()
        if resident in self._queue and resident.task is None:
            self._queue.remove(resident)
        self._end(resident, at_once=True)

    async def wait_until_gone(self, resident: Resident) -> None:
        """Wait until the processes of a model have ended."""
        while resident in self._others:
            await self.changed.wait()

    def refuse_all(self, error: OlbuildError) -> None:
        """Load nothing any more."""
        for resident in [*self._queue, *(one for one in self._others if one.state == "loading")]:
            resident.fail(error)
            self.abandon(resident)

    async def close(self) -> None:
        """End all processes."""
        for resident in tuple(self._others):
            self._end(resident)
        await self._tasks.join()

    def _end(self, resident: Resident, *, at_once: bool = False) -> None:
        resident.stop_timer()
        if resident.state != "gone":
            resident.state = "gone"
            self._tasks.spawn(self._bury(resident, at_once=at_once))

    async def _bury(self, resident: Resident, *, at_once: bool) -> None:
        await asyncio.gather(*(worker.kill() if at_once else worker.close() for worker in resident.workers))
        if resident in self._others:
            self._others.remove(resident)
        self.changed.tell()

    # ── crashes ──

    def _lose(self, resident: Resident) -> None:
        """Hear that a process has ended; if nobody told it to, that is a crash."""
        if resident.state in {"ready", "going"}:
            words = next((worker.failure.message for worker in resident.workers if worker.failure), "")
            _LOGGER.warning("%s", words)
            self._crashes.count(resident.root_key, time.monotonic(), words)
            if any(worker.usable for worker in resident.workers):  # what another process has begun shall end well
                self.dismiss(resident)
            else:
                self._end(resident)

    def went_well(self, resident: Resident) -> None:
        """Forget the crashes of a model, which did what it should."""
        self._crashes.forget(resident.root_key)
