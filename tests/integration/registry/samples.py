"""Artifacts to send about, and credentials in a file."""

import base64
import json
import os
from pathlib import Path

from olbuild.core.content import BytesContent, Descriptor, canonical_json
from olbuild.core.names import MediaType, Reference
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.registry import Patience, RegistryTarget, open_registry
from olbuild.storage.registry.retry import Policy

IMPATIENT = Patience(connect=2, idle=2, policy=Policy(attempts=4), sleep=lambda _seconds: None)
"""Tries again as often as usual and never sleeps in between."""


def artifact(*layers: bytes) -> tuple[MemoryTarget, Descriptor]:
    """Return a target that holds an artifact, and the artifact's root."""
    memory = MemoryTarget()
    config = Descriptor.of(MediaType.MODEL_CONFIG, b"{}")
    memory.push(config, BytesContent(b"{}"))
    descriptors = []
    for layer in layers:
        descriptors.append(Descriptor.of(MediaType.MODEL_WEIGHT, layer))
        memory.push(descriptors[-1], BytesContent(layer))
    manifest = canonical_json(
        {
            "schemaVersion": 2,
            "mediaType": str(MediaType.OCI_MANIFEST),
            "config": config.to_json(),
            "layers": [descriptor.to_json() for descriptor in descriptors],
        }
    )
    root = Descriptor.of(MediaType.OCI_MANIFEST, manifest)
    memory.push(root, BytesContent(manifest))
    return memory, root


def target(
    host: str, repository: str = "me/model", patience: Patience = IMPATIENT, state: Path | None = None
) -> RegistryTarget:
    """Open a repository."""
    return open_registry(Reference(host=host, repository=repository), patience=patience, state=state)


def remember(host: str, username: str, password: str) -> None:
    """Write credentials into Docker's configuration."""
    file = Path(os.environ["DOCKER_CONFIG"]) / "config.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    file.write_text(json.dumps({"auths": {host: {"auth": auth}}}))


def read(target: RegistryTarget, descriptor: Descriptor, block: int = 64 << 10) -> bytes:
    """Read a blob to its end, as a store does."""
    data, buffer = bytearray(), memoryview(bytearray(block))
    with target.fetch(descriptor).open() as reader:
        while count := reader.readinto(buffer):
            data += buffer[:count]
    return bytes(data)
