"""Several answers at a time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.requests import Chat, Delta, Done, Event, ModelFacts, Request
from olbuild.serving.server.several import all_of, together

QUESTIONS = [Chat(messages=(), options={"seed": number}) for number in range(3)]


@dataclass
class Handle:
    """Answers so many parts, or fails in the middle of one."""

    fails: int | None = None
    left: list[object] = field(default_factory=list)
    facts: ModelFacts = field(default_factory=ModelFacts)
    load_seconds: float = 0.0

    async def ask(self, request: Request) -> AsyncIterator[Event]:
        assert isinstance(request, Chat)
        seed = request.options["seed"]
        try:
            for part in range(500):
                if seed == self.fails and part == 3:
                    raise EngineError("it broke")
                yield Delta(content=f"{seed}:{part} ")
                await asyncio.sleep(0)
            yield Done(finish="stop", tokens=500)
        finally:
            self.left.append(seed)


def test_events_come_in_order_for_each() -> None:
    async def work() -> dict[int, list[Delta | Done]]:
        heard: dict[int, list[Delta | Done]] = {0: [], 1: [], 2: []}
        async for number, event in together(Handle(), QUESTIONS):
            heard[number].append(event)
        return heard

    for number, events in asyncio.run(work()).items():
        texts = [event.content for event in events if isinstance(event, Delta)]
        assert texts == [f"{number}:{part} " for part in range(500)]
        assert isinstance(events[-1], Done)


@pytest.mark.parametrize("whole", [False, True])
def test_when_one_fails_all_are_left(*, whole: bool) -> None:
    handle = Handle(fails=1)

    async def work() -> None:
        if whole:
            await all_of(handle, QUESTIONS)
        async for _ in together(handle, QUESTIONS):
            pass

    with pytest.raises(EngineError):
        asyncio.run(work())
    assert set(handle.left) == {0, 1, 2}


def test_who_leaves_early_leaves_all() -> None:
    handle = Handle()

    async def work() -> None:
        events = together(handle, QUESTIONS)
        await anext(events)
        await events.aclose()
        assert set(handle.left) == {0, 1, 2}

    asyncio.run(work())
