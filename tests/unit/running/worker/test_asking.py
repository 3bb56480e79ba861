"""From the message that begins a request to the event that ends it."""

import socket
from collections.abc import Callable, Iterator

import pytest

from olbuild.core.errors import OlbuildError, UsageError
from olbuild.running.frames.framing import ask, reader_of_worker
from olbuild.running.frames.messages import Events
from olbuild.running.jobs import Ticket, UnderWay
from olbuild.running.requests import Delta, Done, Event, Failed, Request, Tokenize
from olbuild.running.worker.asking import Requests
from olbuild.running.worker.outbox import Outbox

HELLO = ask(1, Tokenize(text="hello"))


class Model:
    """A model that does as it was told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.cancelled, self.asked = error, 0, 0
        self.closed, self.cache_use = False, 0.0
        self.tell: Callable[[Event], None] = lambda _event: None

    @property
    def under_way(self) -> UnderWay | None:
        return None

    def ask(self, request: Request, tell: Callable[[Event], None]) -> Ticket:
        assert isinstance(request, Tokenize)
        self.asked += 1
        if self.error is not None:
            raise self.error
        self.tell = tell
        return self

    def cancel(self) -> None:
        self.cancelled += 1
        self.tell(Done(finish="interrupted"))


class Wire:
    """The other end of an outbox."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._reader = connection, reader_of_worker()

    def hear(self) -> list[Event]:
        told: list[Event] = []
        while not told or isinstance(told[-1], Delta):
            for message in self._reader.feed(self._connection.recv(1 << 16)):
                assert isinstance(message, Events)
                told += [event for _, event in message.events]
        return told


@pytest.fixture
def parts() -> Iterator[tuple[Requests, Wire]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(20)
        outbox = Outbox(theirs)
        yield Requests(outbox, lambda: None), Wire(ours)
        outbox.close(20)


def test_what_a_model_tells_is_sent(parts: tuple[Requests, Wire]) -> None:
    requests, wire = parts
    model = Model()
    requests.expect(1)
    requests.begin(model, HELLO)
    model.tell(Delta(content="a"))
    model.tell(Done(finish="stop"))
    assert wire.hear() == [Delta(content="a"), Done(finish="stop")]


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (UsageError("no", hint="yes"), "UsageError", "no"),
        (MemoryError(), "ResourceError", "memory ran out"),
        (ZeroDivisionError(), "EngineError", "ZeroDivisionError"),
    ],
)
def test_what_goes_wrong_is_told(error: Exception, kind: str, text: str, parts: tuple[Requests, Wire]) -> None:
    requests, wire = parts
    requests.expect(1)
    requests.begin(Model(error), HELLO)
    (told,) = wire.hear()
    assert isinstance(told, Failed)
    assert told.kind == kind
    assert text in told.message
    assert told.hint == (error.hint if isinstance(error, OlbuildError) else None)


def test_before_a_model_is_loaded_nothing_can_be_asked(parts: tuple[Requests, Wire]) -> None:
    requests, wire = parts
    requests.expect(1)
    requests.begin(None, HELLO)
    (told,) = wire.hear()
    assert isinstance(told, Failed)


def test_a_request_is_cancelled_while_it_runs_and_before_it_begins(parts: tuple[Requests, Wire]) -> None:
    requests, wire = parts
    model = Model()
    requests.expect(1)
    requests.begin(model, HELLO)
    requests.cancel(1)
    requests.cancel(1)
    requests.cancel(77)
    assert wire.hear() == [Done(finish="interrupted")]
    assert (model.asked, model.cancelled) == (1, 1)
    requests.expect(1)
    requests.cancel(1)
    requests.begin(model, HELLO)
    assert wire.hear() == [Done(finish="interrupted")]
    assert (model.asked, model.cancelled) == (1, 1)
