"""Verification at the border: bytes count only when their size and digest match and nothing trails."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from olbuild.core.content.descriptor import Descriptor
from olbuild.core.content.handles import Content
from olbuild.core.errors import FormatError, IntegrityError

MANIFEST_LIMIT = 4 << 20
"""The largest manifest, in bytes, that registries must accept (distribution-spec, "Pushing manifests")."""


class Verifier:
    """Counts and hashes bytes against a descriptor as they pass."""

    __slots__ = ("_descriptor", "_hash", "_where", "received")

    def __init__(self, descriptor: Descriptor, where: str) -> None:
        """Begin; ``where`` says in errors where the bytes come from."""
        self._descriptor = descriptor
        self._where = where
        self._hash = hashlib.sha256()
        self.received = 0

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next bytes.

        Raises:
            IntegrityError: if there are more bytes than the descriptor says.
        """
        self.received += len(chunk)
        if self.received > self._descriptor.size:
            raise IntegrityError(
                f"{self._where}: {self._descriptor.digest} has more than the {self._descriptor.size} bytes it should"
            )
        self._hash.update(chunk)

    def finish(self) -> None:
        """Check what was received.

        Raises:
            IntegrityError: if size or digest differ.
        """
        expected = self._descriptor
        if self.received != expected.size:
            raise IntegrityError(
                f"{self._where}: {expected.digest} ended after {self.received} of {expected.size} bytes"
            )
        if self._hash.hexdigest() != expected.digest.hex:
            raise IntegrityError(
                f"{self._where}: the bytes of {expected.digest} have the digest sha256:{self._hash.hexdigest()}",
                hint="the content was changed or damaged; nothing of it was kept",
            )


@runtime_checkable
class Watchful(Protocol):
    """Content that can tell by its bytes more than its descriptor does, such as which part of it is wrong."""

    def watch(self, where: str) -> Callable[[memoryview], object]:
        """Return what wants to be told all bytes in their order; ``where`` says in errors where they come from.

        What is returned raises ``IntegrityError`` as soon as something is wrong.
        """
        ...


def read_verified(content: Content, descriptor: Descriptor, where: str, limit: int = MANIFEST_LIMIT) -> bytes:
    """Read small content whole and verify it.

    Raises:
        FormatError: if the descriptor says more than ``limit`` bytes.
        IntegrityError: if size or digest differ.
    """
    if descriptor.size > limit:
        raise FormatError(f"{where}: {descriptor.digest} is {descriptor.size} bytes, more than the limit of {limit}")
    verifier = Verifier(descriptor, where)
    data = bytearray(descriptor.size + 1)  # one more, so that trailing bytes are seen
    filled = 0
    with content.open() as reader, memoryview(data) as view:
        while filled < len(data):
            count = reader.readinto(view[filled:])
            if not count:
                break
            filled += count
    chunk = bytes(data[:filled])
    verifier.update(chunk)
    verifier.finish()
    return chunk
