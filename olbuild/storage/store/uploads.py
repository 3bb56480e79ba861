"""Uploads: content that comes in pieces, with a digest that is known only at the end (distribution-spec, "Pushing").

An upload is a file of its own, and its size is what has arrived, so it outlives the process: who takes it up again
hashes what is there once. While pieces come one after the other, the hash is kept in memory and nothing is read again.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Protocol

from olbuild.core.content import FileContent, Reader
from olbuild.core.errors import IntegrityError, NotFoundError, ResourceError, StoreError
from olbuild.core.names import Digest
from olbuild.storage.ports import no_progress
from olbuild.storage.store.blobs import Blobs
from olbuild.storage.store.failures import writing
from olbuild.storage.store.ingest import Temporary
from olbuild.storage.store.locks import try_lock_file
from olbuild.storage.store.pump import CHUNK, pump

_ID = re.compile(r"[0-9a-f]{32}")
_MOST = 1000  # uploads at a time
_PATIENCE = 3.0  # seconds that the end of another request is waited for
_TICK = 0.02
_IN_NEED = 600.0  # seconds; where there are too many, those that wait longer than this go
A_DAY = 24 * 3600.0
_UNKNOWN_SIZE = 1 << 62


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...

    def hexdigest(self) -> str: ...


class Busy(StoreError):
    """Somebody else is writing to this upload."""


class Upload:
    """An upload that is open for one piece. Made by ``Uploads.open``."""

    def __init__(self, temporary: Temporary, digest: _Hash, received: int) -> None:
        """Go on behind ``received`` bytes, which ``digest`` has seen."""
        self._temporary = temporary
        self._hash = digest
        self._hashed = received
        self.received = received
        self.published = False

    @property
    def hash(self) -> _Hash | None:
        """The hash of what is written; ``None`` if it has seen more than that."""
        return self._hash if self._hashed == self.received else None

    def append(self, reader: Reader, size: int | None) -> None:
        """Write what a reader gives; ``size`` is how many bytes that will be, if it is known.

        What arrived stays when the reader fails.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the store cannot be written.
        """
        if size is not None:
            self._temporary.expect(size)
        pump(reader, size if size is not None else _UNKNOWN_SIZE, self._update, self._write, no_progress)

    def finish(self, digest: Digest, blobs: Blobs) -> int:
        """Make it a blob if it has the digest, and return its size in bytes.

        Raises:
            IntegrityError: if it has another digest.
            ResourceError: if there is no space.
            StoreError: if the store cannot be written.
        """
        found = self._hash.hexdigest()
        if found != digest.hex:
            raise IntegrityError(f"the bytes of the upload have the digest sha256:{found}, and {digest} was announced")
        blobs.publish(self._temporary, digest)
        self.published = True
        return self.received

    def _update(self, piece: memoryview) -> None:
        self._hash.update(piece)
        self._hashed += len(piece)

    def _write(self, piece: memoryview) -> None:
        self._temporary.write(piece)
        self.received += len(piece)


class Uploads:
    """All uploads of a store. Threads may share it; processes share the folder."""

    def __init__(self, folder: Path, where: Path) -> None:
        """Remember the folder; it is made when it is needed. ``where`` is the store, for messages."""
        self._folder = folder
        self._where = where
        self._hashes: dict[str, tuple[_Hash, int]] = {}
        self._guard = Lock()

    def begin(self) -> str:
        """Begin an upload, and return the word by which it is known.

        Raises:
            ResourceError: if there are too many.
            StoreError: if the store cannot be written.
        """
        name = os.urandom(16).hex()
        with writing(self._where):
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._count() >= _MOST:
                self.sweep(_IN_NEED)
            if self._count() >= _MOST:
                raise ResourceError(f"there are {_MOST} unfinished uploads already")
            os.close(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        return name

    @contextmanager
    def open(self, name: str) -> Iterator[Upload]:
        """Open an upload for one piece.

        Raises:
            NotFoundError: if there is no such upload.
            Busy: if somebody else has it open.
            StoreError: if the store cannot be written.
        """
        with self._locked(name) as descriptor:
            temporary = Temporary(self._folder / name, descriptor, self._where, keep=True)
            size = os.fstat(descriptor).st_size
            with self._guard:
                known = self._hashes.pop(name, None)
            upload = Upload(temporary, known[0] if known and known[1] == size else self._hash(name), size)
            try:
                yield upload
            finally:
                if not upload.published and upload.hash is not None:
                    with self._guard:
                        self._hashes[name] = (upload.hash, upload.received)

    def received(self, name: str) -> int:
        """Return how many bytes of an upload have arrived. A request that has just ended is waited for.

        Raises:
            NotFoundError: if there is no such upload.
        """
        try:
            with suppress(Busy), self._locked(name):
                pass
            return self._path(name).lstat().st_size
        except FileNotFoundError:
            raise _unknown() from None

    def cancel(self, name: str) -> None:
        """Drop an upload and what has arrived of it.

        Raises:
            NotFoundError: if there is no such upload.
            Busy: if somebody is writing to it.
        """
        with self._locked(name), writing(self._where):
            (self._folder / name).unlink()
            self._forget(name)

    def sweep(self, age: float = A_DAY) -> None:
        """Drop the uploads to which nothing was added for ``age`` seconds."""
        with suppress(OSError):
            for path in self._folder.iterdir():
                with suppress(OSError, NotFoundError, Busy):
                    if _ID.fullmatch(path.name) and time.time() - path.lstat().st_mtime > age:
                        self.cancel(path.name)

    def _count(self) -> int:
        return sum(1 for _ in self._folder.iterdir())

    def _hash(self, name: str) -> _Hash:
        """Hash what is there: it came before this process began, or came while a disk was full."""
        digest = hashlib.sha256()
        content = FileContent.of(self._folder / name)
        buffer = memoryview(bytearray(min(CHUNK, content.size)))
        with content.open() as reader:
            while count := reader.readinto(buffer):
                digest.update(buffer[:count])
        return digest

    @contextmanager
    def _locked(self, name: str) -> Iterator[int]:
        path = self._path(name)
        end = time.monotonic() + _PATIENCE
        while (descriptor := self._try_lock(name, path)) is None:
            if time.monotonic() > end:
                raise Busy("somebody else is writing to this upload")
            time.sleep(_TICK)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _try_lock(self, name: str, path: Path) -> int | None:
        with writing(self._where):
            try:
                return try_lock_file(path, create=False)
            except FileNotFoundError:
                self._forget(name)
                raise _unknown() from None

    def _path(self, name: str) -> Path:
        if not _ID.fullmatch(name):
            raise _unknown()
        return self._folder / name

    def _forget(self, name: str) -> None:
        with self._guard:
            self._hashes.pop(name, None)


def _unknown() -> NotFoundError:
    return NotFoundError("there is no such upload; it was finished or cancelled, or it was too old")
