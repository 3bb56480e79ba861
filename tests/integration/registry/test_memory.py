"""A blob of any size passes in constant memory."""

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
from olbuild.core.content import Descriptor, FileContent, Verifier
from olbuild.core.names import Digest, Reference
from olbuild.storage.registry import open_registry

host, path, action = sys.argv[1:]
content = FileContent.of(Path(path))
with open(path, "rb") as file:
    digest = Digest(hashlib.file_digest(file, "sha256").hexdigest())
blob = Descriptor(media_type="application/octet-stream", digest=digest, size=content.size)
target = open_registry(Reference(host=host, repository="big/blob"))
if action == "push":
    target.push(blob, content)
else:
    verifier, buffer = Verifier(blob, "the test"), memoryview(bytearray(1 << 20))
    with target.fetch(blob).open() as reader:
        while count := reader.readinto(buffer):
            verifier.update(buffer[:count])
    verifier.finish()
"""


def test_half_a_gigabyte_takes_less_than_100_megabytes(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as output:
        output.write(b"not only zeros")
        output.truncate(SIZE)
    for action in ("push", "pull"):
        command = [sys.executable, "-c", SCRIPT, registry.host, str(file), action]
        assert peak_memory_mb(command) < LIMIT_MB, action
