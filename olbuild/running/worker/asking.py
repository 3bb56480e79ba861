"""The requests of a worker, from the message that begins one to the event that ends it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from olbuild.core.errors import EngineError, OlbuildError, ResourceError
from olbuild.core.records import Mutable
from olbuild.running.failing import failed
from olbuild.running.frames.framing import request_of
from olbuild.running.frames.messages import Ask
from olbuild.running.jobs import Ticket
from olbuild.running.requests import Delta, Done, Event, Failed
from olbuild.running.worker.outbox import Outbox
from olbuild.running.worker.port import Model

_LOGGER = logging.getLogger("olbuild.worker")


class _Open(Mutable):
    """A request that has not ended."""

    ticket: Ticket | None = None
    cancelled: bool = False


class Requests:
    """Asks a model, and sends what it tells."""

    def __init__(self, outbox: Outbox, failed: Callable[[], None]) -> None:
        """Begin without any request; ``failed`` is called after each one that ends with an error."""
        self._outbox, self._failed = outbox, failed
        self._open: dict[int, _Open] = {}
        self._lock = threading.Lock()

    def expect(self, number: int) -> None:
        """Know a request before it is begun, so that it can be cancelled."""
        with self._lock:
            self._open[number] = _Open()

    def begin(self, model: Model | None, message: Ask) -> None:
        """Ask the model. What goes wrong is told like everything else."""
        if self._is_cancelled(message.id):
            self._tell(message.id, Done(finish="interrupted"))
            return
        if model is None:
            self._tell(message.id, failed(EngineError("no model is loaded yet")))
            return
        try:
            ticket = model.ask(request_of(message), lambda event: self._tell(message.id, event))
        except OlbuildError as error:
            self._tell(message.id, failed(error))
        except MemoryError:
            self._tell(message.id, failed(ResourceError("memory ran out before the request was begun")))
        except Exception as error:
            _LOGGER.exception("a request could not be begun")
            text = f"olbuild failed to begin the request ({type(error).__name__})"
            self._tell(message.id, failed(EngineError(text)))
        else:
            self._keep(message.id, ticket)

    def cancel(self, number: int) -> None:
        """End a request if it has not ended."""
        with self._lock:
            found = self._open.get(number)
            if found is None:
                return
            found.cancelled = True
            ticket = found.ticket
        if ticket is not None:
            ticket.cancel()

    def _keep(self, number: int, ticket: Ticket) -> None:
        with self._lock:
            found = self._open.get(number)
            if found is None:  # it has ended already
                return
            found.ticket = ticket
            cancelled = found.cancelled
        if cancelled:
            ticket.cancel()

    def _is_cancelled(self, number: int) -> bool:
        with self._lock:
            found = self._open.get(number)
            return found is not None and found.cancelled

    def _tell(self, number: int, event: Event) -> None:
        if not isinstance(event, Delta):
            with self._lock:
                self._open.pop(number, None)
        self._outbox.tell(number, event)
        if isinstance(event, Failed):
            self._failed()
