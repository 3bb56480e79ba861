"""A blob of any size passes in constant memory, over however many connections, and in parts of a split artifact."""

import sys
from pathlib import Path

import pytest

from benchmarks.measure import peak_memory_mb
from olbuild.testing.registry import Registry

pytestmark = pytest.mark.integration

SIZE = 512 << 20
LIMIT_MB = 100

SCRIPT = """
import hashlib, sys
from pathlib import Path
from olbuild.core.content import Descriptor, FileContent, JoinedContent, RegionContent
from olbuild.core.names import Digest, Reference
from olbuild.storage.parts.pace import Pace
from olbuild.storage.registry import open_registry
from olbuild.storage.store import Store

host, path, action = sys.argv[1:]
Pace.look = lambda pace, seen: pace.most  # as on a line that is held back
content = FileContent.of(Path(path))
with open(path, "rb") as file:
    digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
blob = Descriptor(media_type="application/octet-stream", digest=digest, size=content.size)
target = open_registry(Reference(host=host, repository="big/blob"))
if action == "push":
    target.push(blob, content)
else:
    content = target.fetch(blob)
    if action == "join":
        half = blob.size // 2 + 1
        content = JoinedContent((RegionContent(content, 0, half), RegionContent(content, half, blob.size - half)))
        assert content.parallel is not None
    store = Store.open(Path(path).with_name(action))
    store.push(blob, content)
    assert store.exists(blob)
"""


def test_half_a_gigabyte_takes_less_than_100_megabytes(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as output:
        output.write(b"not only zeros")
        output.truncate(SIZE)
    for action in ("push", "pull", "join"):
        command = [sys.executable, "-c", SCRIPT, registry.host, str(file), action]
        assert peak_memory_mb(command) < LIMIT_MB, action
