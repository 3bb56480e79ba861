"""One worker, seen from the event loop of the manager: a process, a socket to it, and what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from typing import Self, assert_never, cast

from olbuild.core import events
from olbuild.core.errors import EngineError, OlbuildError
from olbuild.core.events import Emit
from olbuild.running.failing import failed, raised
from olbuild.running.frames.framing import ask, encode, reader_of_worker
from olbuild.running.frames.messages import (
    Advanced,
    Broken,
    Cancel,
    Close,
    Events,
    FromWorker,
    Load,
    Loaded,
    Ping,
    Pong,
    Prepare,
    Prepared,
    Said,
    ToWorker,
)
from olbuild.running.manager.answer import Answer
from olbuild.running.manager.lastwords import LastWords, obituary
from olbuild.running.manager.process import end, spawn
from olbuild.running.manager.settings import Patience
from olbuild.running.requests import Delta, Event, Failed, Request

_PATIENT: Patience = Patience()
_OFTEN = 2.0  # seconds between two questions to a worker that has something to do
_LAST_WORDS = 1.0  # seconds to hear what a process said before it ended


class Worker(asyncio.Protocol):
    """A worker. Make one with ``Worker.start``.

    Whatever is awaited or iterated over raises an EngineError when the process ends, with the reason that it gave.
    """

    def __init__(self, name: str, process: subprocess.Popen[bytes], patience: Patience) -> None:
        """Know the process; ``start`` does the rest."""
        self.name, self._process, self._patience = name, process, patience
        self._interval = min(_OFTEN, patience.silence / 4)
        self._loop = asyncio.get_running_loop()
        self._reader = reader_of_worker()
        self._numbers = itertools.count(1)
        self._answers: dict[int, Answer] = {}
        self._reply: asyncio.Future[Prepared | Loaded] | None = None
        self._emit: Emit = events.ignore
        self._done = 0
        self._said = LastWords(name)
        self._transport: asyncio.WriteTransport | None = None
        self._pipe: asyncio.ReadTransport | None = None
        self._heard: float | None = None  # nothing yet: it may be long until a process can speak
        self._advanced = time.monotonic()
        self._watch: asyncio.TimerHandle | None = None
        self.cache = 0.0
        """Which part of its cache was in use when it last said that."""
        self._why = ""  # why the manager ended it, if it did
        self._failure: Failed | None = None
        self._burial: asyncio.Task[None] | None = None
        self.ended: asyncio.Future[None] = self._loop.create_future()
        """Done when the process is gone, and all that waited for it have heard that."""

    @classmethod
    async def start(cls, command: Sequence[str], name: str, patience: Patience = _PATIENT) -> Self:
        """Start a process.

        Raises:
            EngineError: if it cannot be started.
        """
        process, ours = spawn(command, name)
        worker = cls(name, process, patience)
        await worker._connect(ours)
        return worker

    async def _connect(self, connection: socket.socket) -> None:
        try:
            self._pipe, _ = await self._loop.connect_read_pipe(lambda: self._said, self._process.stdout)
            await self._loop.create_unix_connection(lambda: self, sock=connection)
        except BaseException:
            self._process.kill()
            self._process.wait()
            connection.close()
            raise

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def usable(self) -> bool:
        """Whether it can be asked."""
        return self._failure is None and self._burial is None

    @property
    def failure(self) -> Failed | None:
        """Why it cannot be asked any more, if so."""
        return self._failure

    # ── what it is told ──

    async def prepare(self, wish: Prepare) -> Prepared:
        """Let it find out what a model takes.

        Raises:
            OlbuildError: if the model cannot be loaded.
        """
        reply = await self._request(wish)
        if not isinstance(reply, Prepared):
            raise EngineError(f"the process for {self.name} loaded what it should prepare")
        return reply

    async def load(self, wish: Load, emit: Emit) -> Loaded:
        """Let it load what it prepared.

        Raises:
            OlbuildError: if that fails, or does not advance for a time.
        """
        self._emit, self._done = emit, 0
        emit(events.Started(id="load", label=f"load {self.name}"))
        outcome: events.Outcome = "failed"
        try:
            reply = await self._request(wish)
            outcome = "done"
        finally:
            emit(events.Finished(id="load", outcome=outcome))
            self._emit = events.ignore
        if not isinstance(reply, Loaded):
            raise EngineError(f"the process for {self.name} prepared what it should load")
        return reply

    async def ask(self, request: Request) -> AsyncGenerator[Event]:
        """Yield the events of a request. Leaving the iteration early cancels it.

        Raises:
            OlbuildError: if it fails.
        """
        if self._failure is not None:
            raise raised(self._failure)
        number = next(self._numbers)
        data = encode(ask(number, request))
        answer = self._answers[number] = Answer()
        self._write(data)
        self._begin_watch()
        try:
            while True:
                event = await answer.get()
                yield event
                if not isinstance(event, Delta):
                    return
        finally:
            if self._answers.pop(number, None) is not None:
                self._send(Cancel(id=number))

    async def close(self) -> None:
        """Let the process end, and see to it that it does."""
        self._failure = self._failure or failed(EngineError(f"{self.name} is being unloaded"))
        self._send(Close())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience.close):
                await asyncio.shield(self.ended)
        await self.kill()

    async def kill(self) -> None:
        """End the process at once."""
        self._end()
        await asyncio.shield(self.ended)

    # ── what it says ──

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Know the way to it."""
        # Nothing to ask at run time: uvloop's transports have no base of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Hear it."""
        now = self._heard = time.monotonic()
        try:
            for message in self._reader.feed(data):
                self._hear(message, now)
        except OlbuildError as error:
            self._end(error.message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Its end of the socket is closed: the process has ended, or will not be heard again."""
        self._end()

    def _hear(self, message: FromWorker, now: float) -> None:
        match message:
            case Events():
                for number, event in message.events:
                    self._tell(number, event)
            case Advanced():
                self._advanced = now
                self._emit(events.Advanced(id="load", amount=max(0, message.done - self._done)))
                self._done = max(self._done, message.done)
            case Said():
                self._emit(events.Said(text=message.text, level=message.level))
            case Prepared() | Loaded():
                if self._reply is not None and not self._reply.done():
                    self._reply.set_result(message)
            case Broken():
                if self._reply is not None and not self._reply.done():
                    self._reply.set_exception(raised(message.error))
            case Pong(cache=cache, tokens=tokens, seconds=seconds):
                self.cache = cache
                if seconds > self._patience.of_step(tokens):  # a thread that hangs in native code hinders no other one
                    self._end(f"had not done a step of {tokens} tokens after {seconds:.0f} seconds")
            case _:
                assert_never(message)

    def _tell(self, number: int, event: Event) -> None:
        answer = self._answers.get(number)
        if answer is None:  # cancelled here, and not yet there
            return
        answer.put(event)
        if answer.ended:
            del self._answers[number]

    # ── how that is done ──

    def _send(self, message: ToWorker) -> None:
        self._write(encode(message))

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def _request(self, message: ToWorker) -> Prepared | Loaded:
        if self._failure is not None:
            raise raised(self._failure)
        reply: asyncio.Future[Prepared | Loaded] = self._loop.create_future()
        self._reply = reply
        self._advanced = time.monotonic()
        self._send(message)
        self._begin_watch()
        try:
            return await reply
        finally:
            self._reply = None
            if reply.done() and not reply.cancelled():
                reply.exception()  # of which asyncio complains if whoever waited was cancelled at the same time

    def _begin_watch(self) -> None:
        if self._watch is None:
            self._heard = self._heard and time.monotonic()
            self._watch = self._loop.call_later(self._interval, self._look)

    def _look(self) -> None:
        """See that it still does something while something is awaited from it."""
        self._watch = None
        if self._failure is not None or (self._reply is None and not self._answers):
            self.cache = 0.0
            return
        now, patience = time.monotonic(), self._patience
        if self._heard is not None and now - self._heard > patience.silence:
            self._end(f"did not answer for {patience.silence:g} seconds")
        elif self._reply is not None and now - self._advanced > patience.load:
            self._end(f"did not get on with loading for {patience.load:g} seconds")
        else:
            self._send(Ping())
            self._watch = self._loop.call_later(self._interval, self._look)

    def _end(self, why: str = "") -> None:
        if self._burial is None:
            self._why = why
            self._burial = self._loop.create_task(self._bury())

    async def _bury(self) -> None:
        """End the process, find out why it ended, and tell all that wait for it."""
        if self._watch is not None:
            self._watch.cancel()
        code = await end(self._process)
        if self._transport is not None:
            self._transport.abort()
        await asyncio.wait([self._said.closed], timeout=_LAST_WORDS)
        if self._pipe is not None:
            self._pipe.close()
        self._failure = self._failure or failed(obituary(self.name, code, self._said.lines, self._why))
        self.ended.set_result(None)  # before those that wait begin anew
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(raised(self._failure))
        for answer in self._answers.values():
            answer.put(self._failure)
        self._answers.clear()
