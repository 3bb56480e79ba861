"""Bodies that are packed."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from olbuild.serving.server.settings import Limits, Settings
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Reply, Served, served

MOST = 1000
QUESTION = json.dumps({"model": "smol", "input": "Hi there"}).encode()


@pytest.fixture
def server(home: Path, manager: EchoManager) -> Iterator[Served]:
    """Serve small bodies."""
    with served(home, manager, Settings(version="0", limits=Limits(body_bytes=MOST))) as running:
        yield running


def ask(server: Served, body: bytes, packing: str = "zstd") -> Reply:
    return server.ask("POST", "/v1/responses", body, {"content-encoding": packing})


@pytest.mark.parametrize(
    "body", [zstandard.compress(QUESTION), zstandard.ZstdCompressor(write_content_size=False).compress(QUESTION)]
)
def test_a_packed_body_is_unpacked(server: Served, body: bytes) -> None:
    assert ask(server, body).json()["output"][0]["content"][0]["text"] == "Hi there"


def test_what_is_larger_than_a_body_may_be_is_refused_unpacked(server: Served) -> None:
    bomb = zstandard.compress(bytes(1 << 26))
    assert (len(bomb) > MOST, ask(server, bomb).status) == (True, 413)
    assert ask(server, zstandard.compress(QUESTION + b" " * (MOST - len(QUESTION)))).status == 200
    assert ask(server, zstandard.compress(QUESTION + b" " * MOST)).status == 413


@pytest.mark.parametrize("body", [b"", b"{}", b"BZh91AY", zstandard.compress(QUESTION)[:-3]])
def test_what_is_packed_badly_is_refused(server: Served, body: bytes) -> None:
    assert ask(server, body).status == 400


def test_gzip_is_taken_too(server: Served) -> None:
    assert ask(server, gzip.compress(QUESTION), "gzip").json()["status"] == "completed"
    assert ask(server, gzip.compress(QUESTION)[:-9], "gzip").status == 400


def test_other_packing_is_named(server: Served) -> None:
    reply = ask(server, b"{}", "br")
    assert reply.status == 415
    assert reply.json()["error"]["message"] == "the body is packed as 'br', and may be as 'zstd' or 'gzip'"


def test_there_must_be_room_for_what_a_body_may_become(home: Path, manager: EchoManager) -> None:
    limits = Limits(body_bytes=MOST, bodies_bytes=MOST)
    with served(home, manager, Settings(version="0", limits=limits)) as server:
        assert ask(server, QUESTION, "identity").status == 200
        assert ask(server, zstandard.compress(QUESTION)).status == 503
        assert ask(server, QUESTION, "identity").status == 200
