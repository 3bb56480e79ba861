"""The digests of archives around files. They cost one reading of the files, and can be remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeAlias

from olbuild.artifact.memory import Memory
from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.events import Advanced, Emit, Finished, Started
from olbuild.core.names import Digest
from olbuild.core.records import Frozen

DigestOf: TypeAlias = Callable[[Descriptor, bytes, Content], Digest]
"""Gives the digest of an archive: of the file in it, what stands before that, and the whole archive."""

_CHUNK = 4 << 20
_WORTH_REMEMBERING = 1 << 20
_VERSION = b"archive/1"


class ArchiveDigests(Frozen):
    """Gives remembered digests, or those that reading finds: an archive follows from its file and what is before it."""

    memory: Memory
    emit: Emit

    def __call__(self, file: Descriptor, head: bytes, archive: Content) -> Digest:
        """Return the digest of an archive.

        Raises:
            IntegrityError: if the file ends early.
        """
        if file.size < _WORTH_REMEMBERING:
            return read_digest(file, head, archive)
        key = hashlib.sha256(_VERSION + file.digest.hex.encode() + head).hexdigest()
        known = _remembered(self.memory.get(key))
        if known is not None:
            return known
        id_ = f"archive {file.digest}"
        self.emit(Started(id=id_, label="digest of the archive", total=archive.size))
        try:
            found = _read(file, archive, lambda amount: self.emit(Advanced(id=id_, amount=amount)))
        except BaseException:
            self.emit(Finished(id=id_, outcome="failed"))
            raise
        self.emit(Finished(id=id_))
        self.memory.put(key, {"digest": str(found)})
        return found


def read_digest(file: Descriptor, _head: bytes, archive: Content) -> Digest:
    """Return the digest of an archive by reading it.

    Raises:
        IntegrityError: if the file ends early.
    """
    return _read(file, archive, lambda _amount: None)


def _read(file: Descriptor, archive: Content, progress: Callable[[int], None]) -> Digest:
    found, left = hashlib.sha256(), archive.size
    with archive.open() as reader, memoryview(bytearray(min(left, _CHUNK))) as buffer:
        while left:
            count = reader.readinto(buffer[: min(left, len(buffer))])
            if not count:
                raise IntegrityError(f"{file.digest} ends early: {left} bytes of the archive around it are missing")
            found.update(buffer[:count])
            left -= count
            progress(count)
    return Digest(found.hexdigest())


def _remembered(document: dict[str, object] | None) -> Digest | None:
    stated = document.get("digest") if document else None
    try:
        return Digest.parse(stated) if isinstance(stated, str) else None
    except FormatError:
        return None
