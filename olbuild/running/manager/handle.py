"""A loaded model in the hands of one request."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from weakref import WeakSet

from olbuild.core.errors import EngineError
from olbuild.running.manager.resident import Resident
from olbuild.running.manager.worker import Worker
from olbuild.running.requests import Event, ModelFacts, Request


class LoadedModel:
    """The handle that a use of a model gives."""

    def __init__(self, resident: Resident, worker: Worker, load_seconds: float) -> None:
        """Hold a model that is ready; ``load_seconds`` is how long that was waited for."""
        self._resident, self._worker, self._load_seconds = resident, worker, load_seconds
        self._answers: WeakSet[AsyncGenerator[Event]] = WeakSet()
        self._closed = False

    @property
    def facts(self) -> ModelFacts:
        """What the model says about itself."""
        loaded = self._resident.loaded
        return loaded.facts if loaded else ModelFacts()

    @property
    def load_seconds(self) -> float:
        """How long this use waited for the model to be loaded; 0 if it was there."""
        return self._load_seconds

    def ask(self, request: Request) -> AsyncIterator[Event]:
        """Yield the events of a request. Leaving the iteration early cancels it.

        Raises:
            OlbuildError: in place of a ``Failed`` event, of the class that it names.
        """
        if self._closed:
            raise EngineError(f"{self._resident.name} is no longer in use here")
        answer = self._worker.ask(request)
        self._answers.add(answer)
        return answer

    async def close(self) -> None:
        """End what was asked and not heard to its end."""
        self._closed = True
        for answer in tuple(self._answers):
            with contextlib.suppress(RuntimeError):  # another task is hearing it; that one ends it
                await answer.aclose()
