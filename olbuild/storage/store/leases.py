"""Leases: what a running process needs, and nobody may collect.

A lease is a file that its process holds locked. When the process dies the lock is free, and the lease void.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from olbuild.core.errors import FormatError, ResourceError, StoreError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.store.failures import writing
from olbuild.storage.store.locks import exclusive, lock_file, shared, try_lock_file

_RELEASED = "-"  # before a digest that is protected no longer; to an older olbuild such a line says nothing


class Lease(Frozen):
    """Protects content from collection while its ``with`` block lasts.

    In a store that this process cannot write, or on a full disk, there is no file to write it down in (``None``):
    reading goes on without.
    """

    _descriptor: int | None
    _collecting: Path

    def protect(self, digests: Iterable[Digest]) -> None:
        """Add content, stored or not yet. What a manifest reaches is protected with it once it is stored.

        Look whether it exists after this call, not before: then no collection can come between.

        Raises:
            StoreError: if the store cannot be written.
            ResourceError: if there is no space.
        """
        if self._descriptor is not None:
            with shared(self._collecting):
                self.add(digests)

    def add(self, digests: Iterable[Digest]) -> None:
        """Do the same for a caller that has the lock of collecting already.

        Raises:
            StoreError: if the store cannot be written.
            ResourceError: if there is no space.
        """
        self._write("".join(f"{digest}\n" for digest in digests))

    def release(self, digests: Iterable[Digest]) -> None:
        """Protect some content no longer.

        Raises:
            StoreError: if the store cannot be written.
            ResourceError: if there is no space.
        """
        if self._descriptor is not None:
            self._write("".join(f"{_RELEASED}{digest}\n" for digest in digests))

    def _write(self, lines: str) -> None:
        if self._descriptor is not None:
            with writing(self._collecting.parent):
                os.write(self._descriptor, lines.encode())


class Leases(Frozen):
    """All leases of a store: a folder, and the lock that collecting takes alone and protecting together."""

    folder: Path
    collecting: Path

    @contextmanager
    def take(self, purpose: str) -> Iterator[Lease]:
        """Begin a lease. ``purpose`` is for whoever looks into the folder.

        Where it cannot be written down, the store being read-only or its disk full, it protects nothing.
        """
        path = self.folder / f"{os.urandom(16).hex()}.lease"
        descriptor = self._create(path, purpose)
        try:
            yield Lease(descriptor, self.collecting)
        finally:
            if descriptor is not None:
                _void(path, descriptor)

    @contextmanager
    def collecting_alone(self) -> Iterator[frozenset[Digest]]:
        """Keep everybody from protecting anything, and tell what is protected. Void leases are removed.

        Raises:
            StoreError: if the store cannot be written.
        """
        with exclusive(self.collecting):
            yield self._protected()

    def protected(self) -> frozenset[Digest]:
        """Tell what is protected at this moment; nothing in a store that cannot be written, where nobody collects."""
        try:
            with shared(self.collecting):
                return self._protected()
        except (ResourceError, StoreError):
            return frozenset()

    def _create(self, path: Path, purpose: str) -> int | None:
        descriptor = None
        try:
            with writing(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                descriptor = lock_file(path)
                os.write(descriptor, json.dumps({"purpose": purpose, "pid": os.getpid()}).encode() + b"\n")
        except (
            ResourceError,
            StoreError,
        ):  # as for reading there is no need of it, a full disk is like a read-only one
            if descriptor is not None:
                _void(path, descriptor)
            return None
        return descriptor

    def _protected(self) -> frozenset[Digest]:
        protected: set[Digest] = set()
        for path in self.folder.glob("*.lease"):
            with writing(self.folder):
                descriptor = try_lock_file(path)
                if descriptor is not None:
                    path.unlink(missing_ok=True)
                    os.close(descriptor)
                    continue
            with suppress(FileNotFoundError):
                protected.update(_digests(path.read_text("utf-8", "replace")))
        return frozenset(protected)


def _void(path: Path, descriptor: int) -> None:
    with suppress(OSError):
        path.unlink()
    os.close(descriptor)


def _digests(text: str) -> set[Digest]:
    protected: set[Digest] = set()
    for line in text.splitlines():
        with suppress(FormatError):
            if line.startswith(_RELEASED):
                protected.discard(Digest.parse(line.removeprefix(_RELEASED)))
            else:
                protected.add(Digest.parse(line))
    return protected
