"""The tasks of a manager, and how they wake each other."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class Tasks:
    """Runs coroutines; a task lives until it ends, whoever forgets it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Begin a task, in the event loop that runs."""
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def __len__(self) -> int:
        """Count those that run."""
        return len(self._running)

    async def join(self) -> None:
        """Wait until none runs any more."""
        while self._running:
            await asyncio.wait(self._running)


class Change:
    """Something happened: whoever waits looks again."""

    def __init__(self) -> None:
        """Begin."""
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Wake all that wait now."""
        self._event.set()
        self._event.clear()

    async def wait(self) -> None:
        """Wait for the next change."""
        await self._event.wait()
