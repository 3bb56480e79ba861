"""Registries that take uploads in pieces, in other pieces, or not at all, and blobs of other repositories."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.errors import RegistryError
from olbuild.core.names import MediaType
from olbuild.storage.copy import copy
from olbuild.storage.registry import Patience
from olbuild.storage.registry.knowledge import Facts, Knowledge
from olbuild.storage.registry.retry import Policy
from olbuild.testing.faults import Proxy
from olbuild.testing.registries import KINDS, start_registry
from tests.integration.registry.faulty import Answer, Faulty, Seen
from tests.integration.registry.samples import artifact, read, target

PIECE = 1 << 20
DATA = os.urandom(3 * PIECE + 5)
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)
PATIENCE = Patience(connect=2, idle=2, policy=Policy(attempts=4), piece=PIECE, sleep=lambda _seconds: None)


@dataclass
class Script:
    """A registry that keeps sessions, except where a test says what it answers instead."""

    instead: Callable[[Seen, int], Answer | None] = lambda _seen, _offset: None
    headers: dict[str, str] = field(default_factory=dict)
    received: dict[str, bytes] = field(default_factory=dict)
    stored: bytes | None = None
    patches: int = 0

    def __call__(self, seen: Seen) -> Answer:
        if seen.method == "HEAD":
            return Answer(status=404 if self.stored is None else 200, length=len(self.stored or b""))
        name = seen.target.partition("?")[0]
        data = self.received.get(name, b"")
        self.patches += seen.method == "PATCH"
        answer = self.instead(seen, len(data))
        if answer is not None:
            return answer
        if seen.method == "POST":
            name = f"/upload/{len(self.received)}"
            self.received[name] = b""
            return Answer(status=202, headers={"Location": name, **self.headers})
        if name not in self.received or seen.method == "DELETE":
            return Answer(status=404)
        if seen.method == "PATCH":
            assert seen.headers["Content-Range"] == f"{len(data)}-{len(data) + len(seen.body) - 1}"
            data = self.received[name] = data + seen.body
        told = {"Location": name, "Range": f"0-{max(0, len(data) - 1)}"}
        if seen.method == "PUT":
            self.stored = data + seen.body
            return Answer(status=201)
        return Answer(status=202 if seen.method == "PATCH" else 204, headers=told, length=0)


def push(server: Faulty, script: Script, state: Path, **known: bool) -> Facts:
    """Push a blob, and return what is known of the registry then."""
    server.respond = script
    Knowledge(server.host, state / "registries").learn(**known)
    moved: list[int] = []
    target(server.host, patience=PATIENCE, state=state).push(BLOB, BytesContent(DATA), moved.append)
    assert script.stored == DATA
    assert sum(moved) == len(DATA)
    return Knowledge(server.host, state / "registries").facts


def test_pieces_are_as_large_as_is_allowed(server: Faulty, tmp_path: Path) -> None:
    push(server, Script(), tmp_path, sessions=True)
    assert [len(seen.body) for seen in server.asked("PATCH")] == [PIECE, PIECE, PIECE, 5]
    assert [len(seen.body) for seen in server.asked("PUT")] == [0]


def test_the_least_length_is_obeyed(server: Faulty, tmp_path: Path) -> None:
    push(server, Script(headers={"OCI-Chunk-Min-Length": str(2 * PIECE)}), tmp_path, sessions=True)
    assert [len(seen.body) for seen in server.asked("PATCH")] == [2 * PIECE, PIECE + 5]


def test_where_nothing_is_lost_there_is_one_piece(server: Faulty, tmp_path: Path) -> None:
    server.respond = script = Script()
    Knowledge(server.host, tmp_path / "registries").learn(sessions=True, streams=True)
    data = os.urandom((64 << 20) + 1)
    blob = Descriptor.of(MediaType.MODEL_WEIGHT, data)
    target(server.host, state=tmp_path).push(blob, BytesContent(data))
    assert [len(seen.body) for seen in server.asked("PATCH")] == [len(data)]
    assert script.stored == data


@pytest.mark.parametrize("status", [201, 400, 405, 416, 501])
def test_where_pieces_are_refused_the_whole_is_sent(server: Faulty, tmp_path: Path, status: int) -> None:
    script = Script(lambda seen, _offset: Answer(status=status) if seen.method == "PATCH" else None)
    assert push(server, script, tmp_path, sessions=True).sessions is False
    assert [len(seen.body) for seen in server.asked("PUT")] == [len(DATA)]
    assert script.patches == 1


def test_a_registry_that_keeps_less_is_followed(server: Faulty, tmp_path: Path) -> None:
    script = Script()

    def half(seen: Seen, offset: int) -> Answer | None:
        if seen.method != "PATCH" or script.patches != 2:
            return None
        script.received["/upload/0"] += seen.body[: PIECE // 2]
        return Answer(status=202, headers={"Range": f"0-{offset + PIECE // 2 - 1}"})

    script.instead = half
    push(server, script, tmp_path, sessions=True)
    assert [len(seen.body) for seen in server.asked("PATCH")] == [
        PIECE,
        PIECE,
        PIECE,
        PIECE // 2 + 5,
    ]


@pytest.mark.parametrize("late", [PIECE, 0], ids=["still writing", "takes none"])
def test_whether_a_registry_was_still_writing_is_asked_once(server: Faulty, tmp_path: Path, late: int) -> None:
    """Distribution says how much it has, and writes the rest of what was cut off after that."""
    script = Script()

    def elsewhere(seen: Seen, offset: int) -> Answer | None:
        if seen.method != "PATCH" or script.patches == 1 or offset > PIECE:
            return None
        if script.patches == 3:
            script.received["/upload/0"] += DATA[offset : offset + late]
        return Answer(status=500 if script.patches == 2 else 416)

    script.instead = elsewhere
    assert push(server, script, tmp_path, sessions=True).sessions is (late > 0)
    assert [len(seen.body) for seen in server.asked("PATCH")] == [PIECE, PIECE, PIECE, PIECE, *([5] if late else [])]
    assert [len(seen.body) for seen in server.asked("PUT")] == [0 if late else len(DATA)]


def test_an_upload_that_is_lost_is_begun_anew_as_a_whole(server: Faulty, tmp_path: Path) -> None:
    script = Script()

    def lose(seen: Seen, _offset: int) -> Answer | None:
        if seen.method == "PATCH" and script.patches == 3:
            script.received.clear()
            return Answer(status=404)
        return None

    script.instead = lose
    assert push(server, script, tmp_path, sessions=True).sessions is False
    assert len(server.asked("POST")) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_registry_that_is_busy_is_waited_for(server: Faulty, tmp_path: Path, status: int) -> None:
    script = Script()
    script.instead = lambda seen, _offset: (
        Answer(status=status) if seen.method == "PATCH" and script.patches == 2 else None
    )
    push(server, script, tmp_path, sessions=True)
    assert len(server.asked("POST")) == 1
    assert sum(len(seen.body) for seen in server.asked("PATCH")) == len(DATA) + PIECE


def test_what_is_too_large_goes_in_pieces(server: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.storage.registry.uploads._SMALLER", 2 * PIECE)
    script = Script(lambda seen, _offset: Answer(status=413) if len(seen.body) > PIECE else None)
    script.headers = {}
    patience = Patience(connect=2, idle=2, policy=Policy(attempts=4), sleep=lambda _seconds: None)
    server.respond = script
    target(server.host, patience=patience, state=tmp_path).push(BLOB, BytesContent(DATA))
    assert script.stored == DATA
    assert [len(seen.body) for seen in server.asked("PATCH")] == [2 * PIECE, PIECE, PIECE, PIECE, 5]


def test_what_is_too_large_in_every_way_is_remembered(server: Faulty, tmp_path: Path) -> None:
    server.respond = Script(lambda seen, _offset: Answer(status=413) if len(seen.body) > 1000 else None)
    with pytest.raises(RegistryError, match="413") as failed:
        target(server.host, patience=PATIENCE, state=tmp_path).push(BLOB, BytesContent(DATA))
    assert failed.value.hint is not None
    assert len(server.asked("PUT")) + len(server.asked("PATCH")) < 8
    assert Knowledge(server.host, tmp_path / "registries").facts.layer_refused == len(DATA)


def test_an_address_at_another_host_is_not_kept(server: Faulty, other: Faulty, tmp_path: Path) -> None:
    elsewhere, kept = Script(received={"/upload/0": b""}), list[str]()
    other.respond = elsewhere

    def away(seen: Seen, _offset: int) -> Answer | None:
        kept.extend(path.name for path in (tmp_path / "uploads").glob("*.json"))
        if seen.method == "POST":
            return Answer(status=202, headers={"Location": f"http://{other.host}/upload/0?secret=1"})
        return None

    server.respond = Script(away)
    Knowledge(server.host, tmp_path / "registries").learn(sessions=True)
    target(server.host, patience=PATIENCE, state=tmp_path).push(BLOB, BytesContent(DATA))
    assert elsewhere.stored == DATA
    assert kept == []


@pytest.mark.integration
@pytest.mark.parametrize("kind", KINDS)
def test_a_blob_of_another_repository_is_taken_over(kind: str, tmp_path: Path) -> None:
    source, root = artifact(DATA)
    with start_registry(kind, tmp_path / "registry") as running, Proxy(upstream=running.host).running() as proxy:  # type: ignore[arg-type]
        copy(source, target(proxy.host, "me/first", state=tmp_path), root, name="v1")
        before = len(proxy.exchanges)
        copy(source, target(proxy.host, "me/second", state=tmp_path), root, name="v1")
        assert sum(each.uploaded for each in proxy.exchanges[before:]) < PIECE
        assert read(target(proxy.host, "me/second"), BLOB) == DATA
        # crane takes nothing over; to olbuild's a blob is there in every repository, so it is not even asked.
        assert kind in {"crane", "olbuild"} or Knowledge(proxy.host, tmp_path / "registries").facts.mounts


@pytest.mark.parametrize("status", [202, 400, 401, 404, 405])
def test_where_nothing_is_taken_over_the_blob_is_sent(server: Faulty, tmp_path: Path, status: int) -> None:
    script = Script()
    if status != 202:
        script.instead = lambda seen, _offset: Answer(status=status) if "mount=" in seen.target else None
    server.respond = script
    there = target(server.host, "me/second", patience=PATIENCE, state=tmp_path)
    there._provider.places.note(BLOB, "me/first")
    Knowledge(server.host, tmp_path / "registries").learn(sessions=False)
    there.push(BLOB, BytesContent(DATA))
    assert script.stored == DATA
    assert server.asked("POST")[0].target.endswith(f"?mount=sha256%3A{BLOB.digest.hex}&from=me/first")
    assert len(server.asked("POST")) == (1 if status == 202 else 2)
