"""The loop of a worker: it hears its manager, and never waits for anything else."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import NoReturn, assert_never

from olbuild.core import events
from olbuild.core.errors import EngineError, OlbuildError, ResourceError
from olbuild.running.failing import failed
from olbuild.running.frames.framing import reader_of_manager
from olbuild.running.frames.messages import (
    Advanced,
    Ask,
    Broken,
    Cancel,
    Close,
    Load,
    Ping,
    Pong,
    Prepare,
    Said,
    ToWorker,
)
from olbuild.running.worker.asking import Requests
from olbuild.running.worker.guard import settle_down, take_connection, talk
from olbuild.running.worker.outbox import Outbox
from olbuild.running.worker.port import Loader, Model

_LOGGER = logging.getLogger("olbuild.worker")
_HANDS = 4  # threads that make prompts: one slow template shall not hold up all other requests
_LONG = 1 << 20  # bytes of a request that one more thread takes: a text is cut into tokens at half a MB a second
_CHUNK = 1 << 18
_PATIENCE = 2.0
_FAILED = 70  # EX_SOFTWARE of sysexits.h


def serve(loader: Loader) -> NoReturn:
    """Be a worker, until the manager has enough of it or is gone. Then the process ends."""
    connection = take_connection()
    settle_down()
    code = _FAILED
    try:
        _Worker(connection, loader).run()
        code = 0
    except Exception:
        logging.basicConfig()  # what nobody expected is the last word
        _LOGGER.exception("the worker failed")
    finally:
        # Not sys.exit, which would wait for the threads. The system frees everything, and faster than llama.cpp.
        os._exit(code)


class _Worker:
    """Everything of it; ``run`` is its main thread."""

    def __init__(self, connection: socket.socket, loader: Loader) -> None:
        self._connection, self._loader = connection, loader
        self._outbox = Outbox(connection)
        self._requests = Requests(self._outbox, self._look)
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._long_work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._model: Model | None = None
        for number, work in enumerate([self._work] * _HANDS + [self._long_work]):
            threading.Thread(target=_help, args=(work,), name=f"olbuild-hand-{number}", daemon=True).start()

    def run(self) -> None:
        try:
            self._listen()
        finally:
            self._outbox.close(_PATIENCE)  # what was answered before the end is sent, however it ends

    def _listen(self) -> None:
        reader = reader_of_manager()
        try:
            while data := self._connection.recv(_CHUNK):
                for message in reader.feed(data):
                    if isinstance(message, Close):
                        return
                    self._hear(message)
        except OSError:
            return  # the manager is gone

    def _hear(self, message: ToWorker) -> None:
        match message:
            case Ask():
                self._requests.expect(message.id)
                work = self._work if len(message.request) < _LONG else self._long_work
                work.put(lambda: self._ask(message))
            case Cancel():
                self._requests.cancel(message.id)
            case Ping():
                self._outbox.send(self._pong())
            case Prepare():
                talk(message.level)
                self._work.put(lambda: self._try(lambda: self._prepare(message)))
            case Load():
                self._work.put(lambda: self._try(lambda: self._load(message)))
            case Close():
                return
            case _:
                assert_never(message)

    def _pong(self) -> Pong:
        if self._model is None:
            return Pong()
        cache, step = self._model.cache_use, self._model.under_way
        return Pong(cache=cache) if step is None else Pong(cache=cache, tokens=step.tokens, seconds=step.seconds)

    def _ask(self, message: Ask) -> None:
        self._requests.begin(self._model, message)

    def _look(self) -> None:
        """Look after a failure whether the model can go on. This may be the engine's own thread: it must not wait."""
        if self._model is not None and self._model.closed:
            self._work.put(self._fail)

    def _fail(self) -> NoReturn:
        """End the process with a model that is of no use: the next request gets a new one."""
        self._outbox.close(_PATIENCE)
        os._exit(_FAILED)

    def _prepare(self, message: Prepare) -> None:
        self._outbox.send(self._loader.prepare(message))

    def _load(self, message: Load) -> None:
        self._model, loaded = self._loader.load(message, _Teller(self._outbox))
        self._outbox.send(loaded)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OlbuildError as error:
            self._outbox.send(Broken(error=failed(error)))
        except MemoryError:
            self._outbox.send(Broken(error=failed(ResourceError("memory ran out while the model was loaded"))))
        except Exception as error:
            _LOGGER.exception("the model could not be loaded")
            text = f"olbuild failed to load the model ({type(error).__name__})"
            self._outbox.send(Broken(error=failed(EngineError(text))))


def _help(work: SimpleQueue[Callable[[], None]]) -> NoReturn:
    while True:
        work.get()()


class _Teller:
    """Turns the progress of loading into messages."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._done = self._total = 0

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.Started(total=total):
                self._total = total or 0
            case events.Advanced(amount=amount):
                self._done += amount
                self._outbox.send(Advanced(done=self._done, total=self._total))
            case events.Said(text=text, level=level):
                self._outbox.send(Said(text=text, level=level))
            case events.Expected() | events.Finished():
                pass
