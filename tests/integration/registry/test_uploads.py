"""Blobs to a registry that fails in one way or another."""

import io
import os
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Content, Descriptor, FileContent, Reader, RegionContent, file_state
from olbuild.core.errors import IntegrityError, RefusedError, RegistryError
from olbuild.core.names import MediaType
from olbuild.storage.registry import Patience
from olbuild.storage.registry.retry import Policy
from tests.integration.registry.faulty import Answer, Faulty, Respond, Seen
from tests.integration.registry.samples import remember, target

DATA = os.urandom(3_000_000)
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)
DIGEST = str(BLOB.digest).replace(":", "%3A")


def uploads(put: Respond, location: str = "/upload/{count}") -> Respond:
    """Open an upload at each POST, and have ``put`` answer the PUT; the blob exists after a 201."""
    opened, stored = 0, False

    def respond(seen: Seen) -> Answer:
        nonlocal opened, stored
        if seen.method == "HEAD":
            return Answer(status=200 if stored else 404, length=len(DATA) if stored else 0)
        if seen.method == "POST":
            opened += 1
            return Answer(status=202, headers={"Location": location.format(count=opened)})
        if seen.method == "DELETE":
            return Answer(status=204, length=0)
        answer = put(seen)
        stored = stored or answer.status == 201
        return answer

    return respond


def created(_seen: Seen) -> Answer:
    return Answer(status=201)


def test_one_upload_is_head_post_put(server: Faulty) -> None:
    server.respond = uploads(created)
    target(server.host).push(BLOB, BytesContent(DATA))
    assert [seen.method for seen in server.seen] == ["HEAD", "POST", "PUT"]
    assert server.seen[1].target == "/v2/me/model/blobs/uploads/"
    put = server.seen[2]
    assert put.target == f"/upload/1?digest={DIGEST}"
    assert put.body == DATA
    assert put.headers["Content-Length"] == str(len(DATA))
    assert put.headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("location", "put"),
    [
        ("/u?_state=a%2fb%3D%3d&empty=&k=1&k=2&plus=a+b", "/u?_state=a%2fb%3D%3d&empty=&k=1&k=2&plus=a+b&digest="),
        ("/a%2Fb/%7Euser?x", "/a%2Fb/%7Euser?x&digest="),
        ("1234?sig=~!*'()", "/v2/me/model/blobs/uploads/1234?sig=~!*'()&digest="),
    ],
)
def test_an_address_is_kept_byte_for_byte(server: Faulty, location: str, put: str) -> None:
    server.respond = uploads(created, location)
    target(server.host).push(BLOB, BytesContent(DATA))
    assert server.seen[-1].target == put + DIGEST


def test_another_host_gets_the_bytes_and_no_credentials(server: Faulty, other: Faulty) -> None:
    remember(server.host, "ada", "secret")
    inner = uploads(created, f"http://{other.host}/signed?a=b")
    challenge = Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    server.respond = lambda seen: inner(seen) if "Authorization" in seen.headers else challenge
    other.respond = created
    target(server.host).push(BLOB, BytesContent(DATA))
    assert [seen.method for seen in other.seen] == ["PUT"]
    assert other.seen[0].target == f"/signed?a=b&digest={DIGEST}"
    assert other.seen[0].body == DATA
    assert "Authorization" not in other.seen[0].headers
    assert any("Authorization" in seen.headers for seen in server.seen)


@pytest.mark.parametrize("status", [429, 500, 503, 404])
def test_a_failed_upload_is_begun_anew(server: Faulty, status: int) -> None:
    server.respond = uploads(lambda _seen: Answer(status=status if len(server.asked("PUT")) == 1 else 201))
    moved: list[int] = []
    target(server.host).push(BLOB, BytesContent(DATA), moved.append)
    assert [seen.target.partition("?")[0] for seen in server.asked("PUT")] == ["/upload/1", "/upload/2"]
    assert server.asked("PUT")[1].body == DATA
    assert sum(moved) == len(DATA)


def test_an_answer_that_was_lost_is_looked_for(server: Faulty) -> None:
    server.respond = uploads(lambda _seen: Answer(status=201, length=5))  # the connection ends inside the answer
    target(server.host).push(BLOB, BytesContent(DATA))
    assert len(server.asked("PUT")) == 1


def test_an_upload_that_always_fails_is_given_up(server: Faulty) -> None:
    server.respond = uploads(lambda _seen: Answer(status=503))
    with pytest.raises(RegistryError, match="answered 503"):
        target(server.host).push(BLOB, BytesContent(DATA))
    assert len(server.asked("PUT")) == 4


def test_a_registry_that_does_not_read_is_left(server: Faulty) -> None:
    server.respond = uploads(created)
    inner = server.respond

    def stall(seen: Seen) -> Answer:
        return Answer(silent=True) if seen.method == "PUT" else inner(seen)

    server.respond = stall
    server.unread = lambda method, _target: method == "PUT"
    patience = Patience(idle=0.3, policy=Policy(attempts=2), sleep=lambda _seconds: None)
    big = os.urandom(20_000_000)  # more than the buffers of two sockets
    with pytest.raises(RegistryError):
        target(server.host, patience=patience).push(Descriptor.of(MediaType.MODEL_WEIGHT, big), BytesContent(big))
    assert len(server.asked("POST")) == 2


@pytest.mark.parametrize("vouched", ["vouched", "stale", "unknown"])
def test_a_file_that_is_vouched_for_is_not_hashed_again(server: Faulty, tmp_path: Path, vouched: str) -> None:
    server.respond = uploads(created)
    file = tmp_path / "weights"
    file.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    state = {"vouched": file_state(file.stat()), "stale": (0, 0, 0, 0, 0), "unknown": None}[vouched]
    there, content = target(server.host), FileContent(file, len(DATA), state)
    if vouched == "vouched":
        there.push(BLOB, content)  # the registry would find out
        assert server.asked("PUT")[0].body == file.read_bytes()
        return
    with pytest.raises(IntegrityError, match="have the digest"):
        there.push(BLOB, content)
    assert server.asked("PUT") == []


def test_a_file_that_changes_while_it_is_sent_is_not_sent_whole(server: Faulty, tmp_path: Path) -> None:
    inner = uploads(created)
    server.respond = lambda seen: change() if seen.method == "POST" else inner(seen)
    file = tmp_path / "weights"
    file.write_bytes(DATA)
    content = FileContent(file, len(DATA), file_state(file.stat()))

    def change() -> Answer:
        file.write_bytes(DATA[:-1] + b"!")
        return Answer(status=202, headers={"Location": "/upload/1"})

    with pytest.raises(IntegrityError):
        target(server.host).push(BLOB, content)
    assert server.asked("PUT") == []


def test_a_region_of_a_file_is_sent_as_it_is(server: Faulty, tmp_path: Path) -> None:
    server.respond = uploads(created)
    file = tmp_path / "weights"
    file.write_bytes(b"before" + DATA + b"behind")
    target(server.host).push(BLOB, RegionContent(FileContent.of(file), 6, len(DATA)))
    assert server.asked("PUT")[0].body == DATA


def test_an_answer_before_the_end_is_read_and_the_rest_is_not_sent(server: Faulty, tmp_path: Path) -> None:
    inner = uploads(created)
    body = b'{"errors":[{"code":"DENIED","message":"the quota is used up"}]}'
    server.respond = lambda seen: Answer(status=403, body=body) if seen.method == "PUT" else inner(seen)
    server.unread = lambda method, _target: method == "PUT"
    file = tmp_path / "big"
    file.write_bytes(os.urandom(50_000_000))
    blob = Descriptor.of(MediaType.MODEL_WEIGHT, file.read_bytes())
    for content in (FileContent.of(file), BytesContent(file.read_bytes())):
        sent: list[int] = []
        with pytest.raises(RefusedError, match="the quota is used up"):
            target(server.host).push(blob, content, sent.append)
        assert sum(sent) < blob.size


def test_a_refusal_before_the_body_was_read_is_understood(server: Faulty) -> None:
    inner = uploads(created)
    server.respond = lambda seen: Answer(status=413) if seen.method == "PUT" else inner(seen)
    server.unread = lambda method, _target: method == "PUT"
    with pytest.raises(RegistryError) as failed:
        target(server.host).push(BLOB, BytesContent(DATA))
    assert "413" in failed.value.message or "broke" in failed.value.message


def test_a_registry_that_finds_the_blob_damaged(server: Faulty) -> None:
    body = b'{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}'
    server.respond = uploads(lambda _seen: Answer(status=400, body=body))
    with pytest.raises(IntegrityError, match="DIGEST_INVALID: provided digest"):
        target(server.host).push(BLOB, BytesContent(DATA))


def test_a_registry_that_stores_something_else(server: Faulty) -> None:
    wrong = "sha256:" + "0" * 64
    server.respond = uploads(lambda _seen: Answer(status=201, headers={"Docker-Content-Digest": wrong}))
    with pytest.raises(IntegrityError, match=wrong):
        target(server.host).push(BLOB, BytesContent(DATA))


@pytest.mark.parametrize("location", [None, "", "ftp://elsewhere/x", "http://[broken"])
def test_an_upload_without_a_usable_address(server: Faulty, location: str | None) -> None:
    headers = {} if location is None else {"Location": location}
    server.respond = lambda seen: Answer(status=404) if seen.method == "HEAD" else Answer(status=202, headers=headers)
    with pytest.raises(RegistryError, match="address"):
        target(server.host).push(BLOB, BytesContent(DATA))


def test_a_token_that_ends_during_an_upload_is_renewed(server: Faulty, other: Faulty) -> None:
    inner = uploads(created)
    other.respond = lambda _seen: Answer(body=b'{"token":"t%d"}' % len(other.seen))

    def respond(seen: Seen) -> Answer:
        token = seen.headers.get("Authorization")
        fresh = token is not None and not (seen.method == "PUT" and token == "Bearer t1")
        return inner(seen) if fresh else server.bearer(f"http://{other.host}/token")

    server.respond = respond
    target(server.host).push(BLOB, BytesContent(DATA))
    tokens = [seen.headers["Authorization"] for seen in server.asked("PUT")]
    assert len(tokens) == 2
    assert tokens[0] != tokens[1]


def test_a_refused_upload_ends(server: Faulty) -> None:
    server.respond = uploads(lambda _seen: Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'}))
    with pytest.raises(RefusedError):
        target(server.host).push(BLOB, BytesContent(DATA))
    assert len(server.asked("PUT")) == 2


def test_wrong_bytes_are_never_sent_whole(server: Faulty) -> None:
    server.respond = uploads(created)
    with pytest.raises(IntegrityError):
        target(server.host).push(BLOB, BytesContent(DATA[:-1] + b"?"))
    assert server.asked("PUT") == []
    assert [seen.target for seen in server.asked("DELETE")] == ["/upload/1"]


def test_an_error_of_the_source_is_not_taken_for_one_of_the_network(server: Faulty, tmp_path: Path) -> None:
    class Bad(io.BytesIO):
        def readinto(self, _buffer: object, /) -> int:
            raise OSError(5, "Input/output error")

    class BadContent:
        size = len(DATA)

        def open(self, _offset: int = 0, _size: int | None = None) -> Reader:
            return Bad()

        def read_at(self, _offset: int, _size: int) -> bytes:
            raise AssertionError

    server.respond = uploads(created)
    content: Content = BadContent()
    with pytest.raises(OSError, match="Input/output error"):
        target(server.host).push(BLOB, content)
    assert len(server.asked("POST")) == 1
    file = tmp_path / "file"
    file.write_bytes(DATA)
    target(server.host).push(BLOB, FileContent.of(file))
    assert server.asked("PUT")[-1].body == DATA
