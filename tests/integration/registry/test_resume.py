"""Uploads that are continued: after a break, after the process was killed, and never where a registry keeps nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.core.content import BytesContent, Descriptor, FileContent
from olbuild.core.names import MediaType
from olbuild.storage.registry import Patience
from olbuild.storage.registry.knowledge import Knowledge
from olbuild.storage.registry.retry import Policy
from olbuild.testing.faults import BreakUpload, Fault, Proxy
from olbuild.testing.faults.data import Ending
from olbuild.testing.faults.measures import sent_again
from olbuild.testing.registries import KINDS, Kind, start_registry
from tests.integration.registry.samples import read, target

pytestmark = pytest.mark.integration

PIECE = 4 << 20
DATA = os.urandom(5 * PIECE + 12_345)
BLOB = Descriptor.of(MediaType.MODEL_WEIGHT, DATA)
PATIENCE = Patience(connect=2, idle=1, policy=Policy(first_delay=0.01), piece=PIECE)
KEEPING: frozenset[Kind] = frozenset({"distribution", "olbuild"})
PROBE = 5 * (64 << 10)

PUSH = """
import sys, time
from pathlib import Path
from olbuild.core.content import Descriptor, FileContent
from olbuild.core.names import Digest, Reference
from olbuild.storage.registry import Patience, open_registry

host, path, digest, state, piece = sys.argv[1:]
content = FileContent.of(Path(path))
blob = Descriptor(media_type="application/octet-stream", digest=Digest.parse(digest), size=content.size)
there = open_registry(
    Reference(host=host, repository="me/model"), patience=Patience(piece=int(piece)), state=Path(state)
)
there.push(blob, content, lambda _sent: time.sleep(0.02))
"""


@pytest.fixture(params=KINDS)
def registry_behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Kind, Proxy]]:
    kind = request.param
    with start_registry(kind, tmp_path / "registry") as running, Proxy(upstream=running.host).running() as proxy:
        yield kind, proxy


def allowed(kind: Kind) -> int:
    """Return how many bytes may be sent twice after one break."""
    return PROBE + (PIECE if kind in KEEPING else len(DATA))


@pytest.mark.parametrize("ending", ["close", "reset", "stall"])
def test_a_break_costs_a_piece_or_the_whole(
    registry_behind: tuple[Kind, Proxy], tmp_path: Path, ending: Ending
) -> None:
    kind, proxy = registry_behind
    proxy.strike([Fault(what=BreakUpload(at=3 << 20, ending=ending), method="PATCH|PUT", over=3 << 20, first=2)])
    there, moved = target(proxy.host, patience=PATIENCE, state=tmp_path / "state"), list[int]()
    there.push(BLOB, BytesContent(DATA), moved.append)
    assert sent_again(proxy.exchanges, len(DATA)) <= allowed(kind)
    assert sum(moved) == len(DATA)
    assert read(target(proxy.host), BLOB) == DATA
    assert Knowledge(proxy.host, tmp_path / "state" / "registries").facts.sessions is (kind in KEEPING)
    assert list((tmp_path / "state" / "uploads").iterdir()) == []


def test_the_next_process_goes_on_where_one_was_killed(registry_behind: tuple[Kind, Proxy], tmp_path: Path) -> None:
    kind, proxy = registry_behind
    state, file = tmp_path / "state", tmp_path / "weights"
    file.write_bytes(DATA)
    arguments = [proxy.host, str(file), str(BLOB.digest), str(state), str(PIECE)]
    process = subprocess.Popen([sys.executable, "-c", PUSH, *arguments])
    end = time.monotonic() + 30
    while sum(each.uploaded for each in proxy.exchanges) < 2 * PIECE and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = [json.loads(path.read_text()) for path in (state / "uploads").glob("*.json")]
    assert len(kept) == (1 if kind in KEEPING else 0)
    assert all(set(one) == {"format", "host", "address", "at"} for one in kept)
    target(proxy.host, patience=PATIENCE, state=state).push(BLOB, FileContent.of(file))
    assert sent_again(proxy.exchanges, len(DATA)) <= allowed(kind)
    assert read(target(proxy.host), BLOB) == DATA
    assert [path.name for path in (state / "uploads").iterdir() if not re.search("lock$", path.name)] == []


def test_it_is_tried_out_once_for_large_blobs(registry_behind: tuple[Kind, Proxy], tmp_path: Path) -> None:
    kind, proxy = registry_behind
    for number in range(2):
        there = target(proxy.host, f"me/model{number}", patience=PATIENCE, state=tmp_path)
        there.push(BLOB, BytesContent(DATA))
    pieces = [each.uploaded for each in proxy.exchanges if each.method == "PATCH"]
    assert len([size for size in pieces if 0 < size < PROBE]) <= (3 if kind in KEEPING else 2) + 2 * (kind in KEEPING)
    small = os.urandom(100)
    before = len(proxy.exchanges)
    target(proxy.host, patience=PATIENCE).push(Descriptor.of(MediaType.MODEL_WEIGHT, small), BytesContent(small))
    assert [each.method for each in proxy.exchanges[before:]] == ["HEAD", "POST", "PUT"]
