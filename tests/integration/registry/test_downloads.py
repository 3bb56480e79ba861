"""Blobs from a registry that fails in one way or another."""

import os
import re

import pytest

from olbuild.core.content import Descriptor, read_verified
from olbuild.core.errors import IntegrityError, NotFoundError, RegistryError
from olbuild.core.names import MediaType
from olbuild.storage.registry import Patience
from olbuild.storage.registry.retry import Policy
from tests.integration.registry.faulty import Answer, Faulty, Respond, Seen
from tests.integration.registry.samples import read, target

DATA = os.urandom(300_000)
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)


def cutting(at: int, *, ranges: bool, times: int = 1, announced: bool = True) -> Respond:
    """Send the blob, and cut the first connections after some bytes."""
    left = times

    def respond(seen: Seen) -> Answer:
        nonlocal left
        start, status, headers = 0, 200, {}
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", seen.headers.get("Range", ""))
        if asked and ranges:
            start, status = int(asked[1]), 206
            headers = {"Content-Range": f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"}
        whole = DATA[start:]
        if left:
            left -= 1
            return Answer(status=status, headers=headers, body=whole[:at], length=len(whole) if announced else None)
        return Answer(status=status, headers=headers, body=whole)

    return respond


@pytest.mark.parametrize(
    ("ranges", "announced", "times"),
    # Without ranges and lengths, a body that ends twice at the same place in good order is taken for all there is.
    [(True, True, 1), (True, True, 3), (True, False, 3), (False, True, 1), (False, True, 3), (False, False, 1)],
)
def test_a_cut_body_is_taken_up_again(server: Faulty, *, ranges: bool, times: int, announced: bool) -> None:
    server.respond = cutting(70_000, ranges=ranges, times=times, announced=announced)
    assert read(target(server.host), BLOB) == DATA
    assert len(server.seen) == times + 1
    assert server.seen[1].headers["Range"] == f"bytes=70000-{len(DATA) - 1}"


def test_a_body_that_is_always_cut_is_given_up(server: Faulty) -> None:
    server.respond = cutting(100_000, ranges=False, times=1000)
    with pytest.raises(RegistryError, match=f"at byte 100000 of {len(DATA)} of {BLOB.digest}"):
        read(target(server.host), BLOB)
    assert len(server.seen) == 4


def test_a_silent_registry_is_left(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(body=DATA[:1000], length=len(DATA), stall=True)
    patience = Patience(idle=0.2, policy=Policy(attempts=2), sleep=lambda _seconds: None)
    with pytest.raises(RegistryError, match="fell silent"):
        read(target(server.host, patience=patience), BLOB)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    ("sent", "length", "said"),
    [
        (DATA + b"x", -1, "more"),
        (DATA + b"x", None, "more"),
        (DATA[:-1], -1, "fewer"),
        (DATA[:-1], None, "fewer"),
        (b"", -1, "fewer"),
    ],
)
def test_another_size_is_refused(server: Faulty, sent: bytes, length: int | None, said: str) -> None:
    server.respond = lambda _seen: Answer(body=sent, length=length)
    with pytest.raises(IntegrityError, match=f"{server.host}/me/model sends {said} than the {len(DATA)} bytes"):
        read(target(server.host), BLOB)


def test_other_bytes_are_refused(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(body=DATA[:-1] + b"?")
    with pytest.raises(IntegrityError):
        read_verified(target(server.host).fetch(BLOB), BLOB, "a reader")


def test_another_range_than_was_asked_for_is_refused(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=206, headers={"Content-Range": "bytes 0-9/300000"}, body=DATA[:10])
    with pytest.raises(RegistryError, match="another range"):
        target(server.host).fetch(BLOB).read_at(5, 10)


def test_an_answer_of_416_does_not_hang(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(status=416, length=1 << 30, stall=True)
    with pytest.raises(IntegrityError, match="fewer"):
        target(server.host).fetch(BLOB).read_at(5, 10)


def test_a_web_page_is_recognised(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(headers={"Content-Type": "text/html"}, body=b"<html>Log in</html>")
    with pytest.raises(RegistryError, match="web page"):
        read(target(server.host), BLOB)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_passes_is_waited_for(server: Faulty, status: int) -> None:
    slept: list[float] = []
    server.respond = lambda _seen: (
        Answer(status=status, headers={"Retry-After": "7"}) if len(server.seen) < 3 else Answer(body=DATA)
    )
    assert read(target(server.host, patience=Patience(sleep=slept.append)), BLOB) == DATA
    assert slept == [7, 7]


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (400, RegistryError), (501, RegistryError)])
def test_what_stays_is_not_waited_for(server: Faulty, status: int, error: type[Exception]) -> None:
    server.respond = lambda _seen: Answer(status=status)
    with pytest.raises(error):
        read(target(server.host), BLOB)
    assert len(server.seen) == 1


def test_nothing_is_asked_before_the_first_read(server: Faulty) -> None:
    with target(server.host).fetch(BLOB).open():
        pass
    assert server.seen == []


def test_requests_say_the_version_and_nothing_else_about_this_machine(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(body=DATA)
    read(target(server.host), BLOB)
    headers = {name.lower(): value for name, value in server.seen[0].headers.items()}
    assert headers.pop("user-agent").startswith("olbuild/")
    assert headers == {"host": server.host, "accept-encoding": "identity"}
