"""The analyst's process, seen from the server: one job at a time, and none that nobody waits for."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import msgspec

from olbuild.editor.analysis.messages import LENGTH, Answer, Job

_GRACE = 1.0  # seconds that a job nobody waits for may go on; starting a process anew takes about half of that
_LONGEST = 120.0  # seconds; a check that takes longer is given up
_ATTEMPTS = 2


class Analyst:
    """Does jobs in a process that is started when it is first needed, and again when it died or was stopped."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._process: asyncio.subprocess.Process | None = None
        self._starting: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._turn = asyncio.Lock()
        self._abandoned: asyncio.Task[Answer] | None = None

    async def start(self) -> None:
        """Start the process, so that the first job need not wait for it."""
        async with self._turn:
            await self._ready()

    async def do(self, job: Job) -> Answer:
        """Do a job. If the caller is cancelled, the job is given up, too.

        Raises:
            OSError: if no process can be started, or it dies of this job.
            TimeoutError: if it takes too long.
        """
        async with self._turn:
            await self._settle()
            for attempt in range(_ATTEMPTS):
                process = await self._ready()
                running = asyncio.create_task(_ask(process, job))
                try:
                    return await asyncio.wait_for(asyncio.shield(running), _LONGEST)
                except asyncio.CancelledError:
                    self._abandoned = running
                    raise
                except TimeoutError:
                    await self._stop(running)
                    raise
                except (EOFError, OSError):
                    await self._stop(running)
                    if attempt + 1 == _ATTEMPTS:
                        raise OSError("the process that checks Modelfiles ended unexpectedly") from None
            raise AssertionError  # the loop returns or raises

    async def close(self) -> None:
        """End the process, also one that is being started."""
        if self._starting is not None:
            with contextlib.suppress(OSError):
                self._process = await self._starting
        await self._stop(self._abandoned)

    async def _settle(self) -> None:
        """Wait a moment for a job that was given up, and then stop it. Until that is done it stays given up."""
        abandoned = self._abandoned
        if abandoned is None:
            return
        done, _ = await asyncio.wait([abandoned], timeout=_GRACE)
        if not done or abandoned.cancelled() or abandoned.exception() is not None:
            await self._stop(abandoned)
        self._abandoned = None

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            # A task of its own, which no caller's end cancels: asyncio may wait for ever for a process half made.
            self._starting = self._starting or asyncio.create_task(_started())
            try:
                self._process = await asyncio.shield(self._starting)
            finally:
                if self._starting.done():
                    self._starting = None
        return self._process

    async def _stop(self, running: asyncio.Task[Answer] | None) -> None:
        process = self._process
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self._process = None
        if running is not None:
            running.cancel()
            await asyncio.wait([running])


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "olbuild.editor.analysis"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is for the server, which then ends it
    )


async def _ask(process: asyncio.subprocess.Process, job: Job) -> Answer:
    """Send a job and return its answer.

    Raises:
        EOFError: if the process ends before it answered.
        OSError: if it cannot be written to.
    """
    if process.stdin is None or process.stdout is None:
        raise OSError("the analyst has no pipes")
    data = msgspec.msgpack.encode(job)
    process.stdin.write(LENGTH.pack(len(data)) + data)
    await process.stdin.drain()
    head = await process.stdout.readexactly(LENGTH.size)
    (size,) = LENGTH.unpack(head)
    return msgspec.msgpack.decode(await process.stdout.readexactly(size), type=Answer)
