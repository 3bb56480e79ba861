"""A target in memory: the smallest one, for tests and for artifacts that are only looked at."""

from __future__ import annotations

from olbuild.core.content import BytesContent, Content, Descriptor, read_verified
from olbuild.core.errors import NotFoundError
from olbuild.core.names import Digest
from olbuild.storage.ports import Progress, no_progress

_LARGEST = 1 << 30


class MemoryTarget:
    """Holds content in a dictionary."""

    label = "memory"

    def __init__(self) -> None:
        """Begin empty."""
        self._blobs: dict[Digest, bytes] = {}
        self._names: dict[str, Descriptor] = {}
        self._described: dict[Digest, Descriptor] = {}

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size."""
        data = self._blobs.get(descriptor.digest)
        return data is not None and len(data) == descriptor.size

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor."""
        try:
            return BytesContent(self._blobs[descriptor.digest])
        except KeyError:
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}") from None

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store content if it matches its descriptor."""
        if self.exists(descriptor):
            return
        self._blobs[descriptor.digest] = read_verified(content, descriptor, self.label, limit=_LARGEST)
        self._described[descriptor.digest] = descriptor
        progress(descriptor.size)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name or a digest."""
        if name in self._names:
            return self._names[name]
        if name.startswith("sha256:"):
            described = self._described.get(Digest.parse(name))
            if described is not None:
                return described
        raise NotFoundError(f"{self.label} has no artifact {name!r}")

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a name stand for a stored manifest."""
        if not self.exists(descriptor):
            raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
        self._names[name] = descriptor
