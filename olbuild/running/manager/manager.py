"""The manager: what is wanted comes in, the policy decides, workers come and go. One event loop, no thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from olbuild.core.errors import BusyError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import Digest
from olbuild.running.manager.handle import LoadedModel
from olbuild.running.manager.line import Line
from olbuild.running.manager.loading import Loading
from olbuild.running.manager.port import Handle, Running, Wanted
from olbuild.running.manager.resident import Resident
from olbuild.running.manager.settings import Settings

_LOGGER = logging.getLogger("olbuild.manager")
_AGAIN = 5.0  # seconds after which a client may ask whether the server is back


class Models:
    """All models of a server. Make one inside of the event loop that it is used in; ``close`` it."""

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing loaded."""
        self._settings = settings
        self._line = Line(settings.most_waiting, settings.most_waiting_of_one)
        self._loading = Loading(settings, self._rest)
        self._closing = False

    @asynccontextmanager
    async def use(self, wanted: Wanted, emit: Emit = ignore) -> AsyncIterator[Handle]:
        """Load a model if need be, and keep it while the context lasts.

        Args:
            wanted: the model.
            emit: hears how loading goes, if this use has to wait for it.

        Raises:
            BusyError: if too many wait already, all together or of this client; or if the manager is being closed.
            ResourceError: if it does not fit into memory, even alone.
            EngineError: if it cannot be loaded, or its process ended.
        """
        begun = time.monotonic()
        resident = self._join(wanted)
        worker = None
        try:
            ready = resident.usable
            await resident.settle(emit)
            resident = resident.instead or resident
            worker = resident.begin()
            loaded = LoadedModel(resident, worker, 0.0 if ready else time.monotonic() - begun)
            try:
                yield loaded
            finally:
                await loaded.close()
        finally:
            resident = resident.instead or resident
            resident.leave(worker)
            self._line.leave(wanted.client, time.monotonic() - begun)
            if worker is not None and worker.usable:
                self._loading.went_well(resident)
            self._rest(resident)

    def running(self) -> tuple[Running, ...]:
        """Return the models that are loaded, the one that stays longest first."""
        running = [_running(resident) for resident in self._loading.loaded]
        return tuple(sorted(running, key=_stays, reverse=True))

    async def unload(self, root: Digest) -> bool:
        """Let a model go once its requests have ended; return whether it was loaded."""
        found = [resident for resident in self._loading.ready if resident.root.digest == root]
        for resident in found:
            resident.keep_alive = 0
            self._loading.let_go(resident)
            if not resident.used:
                await self._loading.wait_until_gone(resident)
        return bool(found)

    async def close(self, grace: float) -> None:
        """Take no further requests, wait ``grace`` seconds for those that are going on, then end all processes."""
        self._closing = True
        self._loading.refuse_all(_closing())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self._line.open:
                    await self._loading.changed.wait()
        await self._loading.close()

    def _join(self, wanted: Wanted) -> Resident:
        """Find or make the model that is wanted, and stand in line for it."""
        if self._closing:
            raise _closing()
        found = self._loading.find(wanted)
        waits = found is None or not found.usable or found.used >= found.places
        waiting, places = self._loading.waiting, self._loading.places
        self._line.join(wanted.client, waiting=waiting, places=places, waits=waits)
        if found is None:
            found = self._loading.bring(Resident(wanted, self._settings.keep_alive))
        found.enter(wanted.keep_alive)
        return found

    def _rest(self, resident: Resident) -> None:
        """See what becomes of a model that lost a user."""
        self._loading.changed.tell()
        if resident.used:
            return
        match resident.state:
            case "coming" | "loading":
                self._loading.abandon(resident)
            case "ready":
                resident.start_timer(self._loading.let_go)
            case "going":
                self._loading.let_go(resident)
            case "gone":
                pass


def _closing() -> BusyError:
    return BusyError("the server is being shut down", retry_after=_AGAIN)


def _stays(running: Running) -> float:
    return math.inf if running.expires is None else running.expires


def _running(resident: Resident) -> Running:
    memory = resident.memory
    facts = resident.loaded.facts if resident.loaded else None
    return Running(
        name=resident.name,
        digest=resident.root.digest,
        root=resident.root,
        memory=memory.host + memory.gpu,
        gpu_memory=memory.gpu,
        context=facts.context if facts else 0,
        expires=resident.expires,
        requests=resident.used,
        cache=max((worker.cache for worker in resident.workers), default=0.0),
    )
