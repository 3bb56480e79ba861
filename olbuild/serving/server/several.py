"""Several answers at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import TypeAlias

from olbuild.running.manager.port import Handle
from olbuild.running.requests import Chat, Complete, Delta, Done, Event
from olbuild.serving.server.uses import merged

Numbered: TypeAlias = tuple[int, Delta | Done]

_QUEUED = 64  # events that wait; then the models wait, too


async def together(
    handle: Handle, questions: Sequence[Chat | Complete]
) -> AsyncGenerator[tuple[int, Delta | Done], None]:
    """Yield the events of all answers as they come, each with the number of its question.

    Raises:
        OlbuildError: as one of them fails; the others are then cancelled.
    """
    if len(questions) == 1:
        async for event in handle.ask(questions[0]):
            if isinstance(event, Delta | Done):
                yield 0, event
        return
    queue: asyncio.Queue[tuple[int, Event | Exception | None]] = asyncio.Queue(_QUEUED)
    tasks = [
        asyncio.create_task(_pump(queue, number, handle.ask(question))) for number, question in enumerate(questions)
    ]
    try:
        left = len(tasks)
        while left:
            number, heard = await queue.get()
            if heard is None:
                left -= 1
            elif isinstance(heard, Exception):
                raise heard
            elif isinstance(heard, Delta | Done):
                yield number, heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pump(
    queue: asyncio.Queue[tuple[int, Event | Exception | None]], number: int, events: AsyncIterator[Event]
) -> None:
    try:
        async for event in events:
            await queue.put((number, event))
    except Exception as error:  # noqa: BLE001 - raised again by whoever hears it
        await queue.put((number, error))
    else:
        await queue.put((number, None))


async def all_of(handle: Handle, questions: Sequence[Chat | Complete]) -> list[tuple[Delta, Done]]:
    """Return all answers, in the order of their questions.

    Raises:
        OlbuildError: as one of them fails; the others are then cancelled.
    """
    tasks = [asyncio.create_task(merged(handle.ask(question))) for question in questions]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
