"""What waits to be sent goes in order, together, and within the bounds of a message."""

import socket
from collections.abc import Iterator

import pytest

from olbuild.running.frames import framing
from olbuild.running.frames.framing import encode, reader_of_worker
from olbuild.running.frames.messages import Events, FromWorker, Pong, Said
from olbuild.running.requests import Delta, Failed
from olbuild.running.worker.outbox import Outbox


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(20)
        yield ours, theirs


def hear(connection: socket.socket, count: int) -> list[FromWorker]:
    reader = reader_of_worker()
    heard: list[FromWorker] = []
    while sum(len(one.events) if isinstance(one, Events) else 1 for one in heard) < count:
        heard += reader.feed(connection.recv(1 << 16))
    return heard


def test_order_is_kept_between_messages_and_events(ends: tuple[socket.socket, socket.socket]) -> None:
    outbox = Outbox(ends[1])
    outbox.send(Said(text="a"))
    outbox.tell(1, Delta(content="b"))
    outbox.tell(2, Delta(content="c"))
    outbox.send(Pong())
    flat = [part for one in hear(ends[0], 4) for part in (one.events if isinstance(one, Events) else [one])]
    assert flat == [Said(text="a"), (1, Delta(content="b")), (2, Delta(content="c")), Pong()]
    outbox.close(20)


def test_a_slow_reader_holds_nobody_up_and_gets_many_events_at_once(ends: tuple[socket.socket, socket.socket]) -> None:
    outbox = Outbox(ends[1])
    for number in range(20_000):  # far more than fit into the socket, and none of these calls waits
        outbox.tell(number, Delta(content="some text"))
    heard = hear(ends[0], 20_000)
    assert len(heard) < 2_000
    assert [number for one in heard if isinstance(one, Events) for number, _ in one.events] == list(range(20_000))
    outbox.close(20)


def test_what_is_too_large_for_a_message_is_divided_or_refused(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "LARGEST", 200)
    outbox = Outbox(ends[1])
    for number in range(9):
        outbox.tell(number, Delta(content="x" * (300 if number == 4 else 50)))
    told = [pair for one in hear(ends[0], 9) if isinstance(one, Events) for pair in one.events]
    assert [number for number, _ in told] == list(range(9))
    assert [number for number, event in told if isinstance(event, Failed)] == [4]
    outbox.close(20)


def test_what_waits_at_the_end_is_still_sent(ends: tuple[socket.socket, socket.socket]) -> None:
    outbox = Outbox(ends[1])
    outbox.send(Pong())
    outbox.close(20)
    assert hear(ends[0], 1) == [Pong()]
    assert encode(Pong())


def test_nobody_reading_any_more_is_no_error(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[0].close()
    outbox = Outbox(ends[1])
    outbox.send(Pong())
    outbox.close(20)
