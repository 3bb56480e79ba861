"""Verbs in threads: their events arrive, their errors too, and who leaves ends them."""

import asyncio
from threading import Event as Flag

import pytest

from olbuild.core.errors import BusyError, NotFoundError
from olbuild.core.events import Advanced, Emit, Event, Said
from olbuild.serving.server import background
from olbuild.serving.server.background import in_background


async def _all(work: object) -> list[Event]:
    return [event async for event in in_background(work)]  # type: ignore[arg-type]


def test_events_arrive_in_order_and_amounts_are_added_up() -> None:
    def work(emit: Emit) -> None:
        emit(Said(text="a"))
        for _ in range(1000):
            emit(Advanced(id="x", amount=1))
        emit(Said(text="b"))

    events = asyncio.run(_all(work))
    assert [each.text for each in events if isinstance(each, Said)] == ["a", "b"]
    amounts = [each.amount for each in events if isinstance(each, Advanced)]
    assert sum(amounts) == 1000
    assert len(amounts) < 1000


def test_an_error_comes_behind_the_events() -> None:
    def work(emit: Emit) -> None:
        emit(Said(text="a"))
        raise NotFoundError("gone")

    async def listen() -> None:
        events = in_background(work)
        assert await anext(events) == Said(text="a")
        with pytest.raises(NotFoundError, match="gone"):
            await anext(events)

    asyncio.run(listen())


def test_who_leaves_ends_the_work_at_its_next_event() -> None:
    left, ended = Flag(), Flag()

    def work(emit: Emit) -> None:
        try:
            emit(Said(text="a"))
            left.wait(20)
            emit(Said(text="b"))
        finally:
            ended.set()

    async def listen() -> None:
        events = in_background(work)
        assert await anext(events) == Said(text="a")
        await events.aclose()
        left.set()

    asyncio.run(listen())
    assert ended.wait(20)


def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import BoundedSemaphore

    monkeypatch.setattr(background, "_ROOM", BoundedSemaphore(1))
    go = Flag()

    def work(emit: Emit) -> None:
        emit(Said(text="a"))
        go.wait(20)

    async def listen() -> None:
        first = in_background(work)
        await anext(first)
        with pytest.raises(BusyError):
            await _all(work)
        go.set()
        assert [each async for each in first] == []
        assert await _all(work) == [Said(text="a")]

    asyncio.run(listen())
