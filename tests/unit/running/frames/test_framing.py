"""Messages as bytes and back, however the bytes are cut."""

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.frames import framing
from olbuild.running.frames.framing import TooLargeError, ask, encode, reader_of_manager, reader_of_worker, request_of
from olbuild.running.frames.messages import Ask, Cancel, Events, FromWorker, Loaded, Ping, Pong, Prepare
from olbuild.running.requests import Chat, Delta, Done, ModelFacts

MESSAGES: list[FromWorker] = [
    Pong(),
    Events(events=((1, Delta(content="é")), (2, Done(finish="stop", tokens=3)))),
    Loaded(facts=ModelFacts(context=7), fixed={"num_ctx": 7}, parallel=2),
]


@given(cuts=st.lists(st.integers(1, 40)))
def test_messages_are_the_same_however_their_bytes_are_cut(cuts: list[int]) -> None:
    data = b"".join(map(encode, MESSAGES))
    reader = reader_of_worker()
    heard: list[FromWorker] = []
    for cut in cuts:
        heard += reader.feed(data[:cut])
        data = data[cut:]
    assert [*heard, *reader.feed(data)] == MESSAGES


def test_a_request_travels_with_its_images_and_options() -> None:
    message = {"role": "user", "content": "what is it?", "images": [b"\x89PNG"]}
    request = Chat(messages=(message,), options={"stop": ("a", "b"), "temperature": 0.5, "seed": None})
    (heard,) = reader_of_manager().feed(encode(ask(3, request)))
    assert isinstance(heard, Ask)
    assert heard.id == 3
    assert request_of(heard) == request


def test_a_request_that_is_none_does_not_spoil_what_comes_behind_it() -> None:
    bad = Ask(id=1, request=msgspec.Raw(msgspec.msgpack.encode({"type": "chat", "messages": 7})))
    first, second = reader_of_manager().feed(encode(bad) + encode(Cancel(id=1)))
    assert second == Cancel(id=1)
    assert isinstance(first, Ask)
    with pytest.raises(UsageError, match="cannot be read"):
        request_of(first)


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("!I", framing.LARGEST + 1),
        struct.pack("!I", 1) + b"\xc1",
        struct.pack("!I", 1) + b"\x00",
        struct.pack("!I", 2) + b"\xa1\xff",
        b"GET / HTTP/1.1\r\n",
    ],
)
def test_another_language_is_an_error(data: bytes) -> None:
    with pytest.raises(EngineError, match="message"):
        list(reader_of_worker().feed(data))


def test_what_is_too_large_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "LARGEST", 20)
    with pytest.raises(TooLargeError, match="20 are the most"):
        encode(Prepare(home="/", name="x" * 20, root={}))
    assert encode(Ping())


def test_a_number_that_no_message_can_have() -> None:
    with pytest.raises(UsageError, match="64 bits"):
        ask(1, Chat(messages=({"role": "user", "content": 1 << 70},)))
