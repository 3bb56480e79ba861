"""What a worker works with: something that knows how to load a model, and the model."""

from __future__ import annotations

from typing import Protocol

from olbuild.core.events import Emit
from olbuild.running.frames.messages import Load, Loaded, Prepare, Prepared
from olbuild.running.jobs import Ticket, UnderWay
from olbuild.running.requests import Request, Tell


class Model(Protocol):
    """A model that answers many requests at once."""

    @property
    def closed(self) -> bool:
        """Whether it answers nothing any more: its engine failed."""
        ...

    @property
    def cache_use(self) -> float:
        """Which part of the cache the requests take that are going on, from 0 to 1. From any thread."""
        ...

    @property
    def under_way(self) -> UnderWay | None:
        """The step of its engine that has taken longest so far. From any thread."""
        ...

    def ask(self, request: Request, tell: Tell) -> Ticket:
        """Begin a request. Any thread may tell its events, the last of which is no ``Delta``.

        Raises:
            OlbuildError: if it cannot be begun; nothing is told then.
        """
        ...


class Loader(Protocol):
    """Loads one model, once."""

    def prepare(self, wish: Prepare) -> Prepared:
        """Find out what it takes; may be called again before ``load``.

        Raises:
            OlbuildError: if it cannot be loaded.
        """
        ...

    def load(self, wish: Load, emit: Emit) -> tuple[Model, Loaded]:
        """Load it.

        Raises:
            OlbuildError: if that fails.
        """
        ...
