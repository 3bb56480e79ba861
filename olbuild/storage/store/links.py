"""Blobs that are hard links to files of the user, and whether those files are still what they were.

The inode is the user's: olbuild never changes its mode or owner, and cannot keep the user from changing its bytes.
So its identity is recorded, and compared at every use.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from contextlib import AbstractContextManager
from pathlib import Path

from olbuild.core.content import FileContent
from olbuild.core.errors import IntegrityError, OlbuildError, UsageError
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.storage.ports import no_progress
from olbuild.storage.store.failures import write_failure, writing
from olbuild.storage.store.identity import FileIdentity, settle
from olbuild.storage.store.ingest import DOCUMENT_MODE, Ingest, sync_folder
from olbuild.storage.store.pump import pump
from olbuild.storage.store.source import SourceFile

_UNFINISHED = ".unfinished"


class Links(Frozen):
    """Records of linked blobs, one file for each, in a folder.

    A record is an identity, and whether it is believed; a use that finds one that is not reads the file once.
    """

    folder: Path
    ingest: Ingest

    def placing(self, digest: Digest) -> AbstractContextManager[object]:
        """Let nobody else put a blob of that digest in its place in the block.

        Without it a copy that takes the place of a link would drop a record that a link has written meanwhile.

        Raises:
            StoreError: if the store cannot be written.
        """
        return self.ingest.begin(f"place-{digest.hex}")

    def add(self, file: SourceFile, digest: Digest, blob: Path) -> None:
        """Hard-link a file that was hashed to where its blob belongs. The caller is ``placing`` that blob.

        The record is there before the blob is, so that no instant leaves a link that is believed without one.

        Raises:
            UsageError: if it cannot be linked, as across file systems.
            IntegrityError: if the file was changed since it was opened.
            StoreError: if the store cannot be written.
        """
        beside = self.folder / f"{digest.hex}{_UNFINISHED}"
        try:
            for folder in (self.folder, blob.parent):
                folder.mkdir(parents=True, exist_ok=True)
            beside.unlink(missing_ok=True)
            os.link(os.path.realpath(file.path), beside)
            try:
                if not file.is_at(beside):
                    raise IntegrityError(f"{file.path} was replaced while it was read", hint="repeat")
                # Linking sets the time of the inode's last change: what it will be is not known yet.
                self._record(digest, file.now(), believed=False)
                beside.replace(blob)
                sync_folder(blob.parent)
            finally:
                beside.unlink(missing_ok=True)  # renaming over another link of the same file leaves both
        except OSError as error:
            raise _cannot_link(error, file.path, blob.parent) from error
        self._record(digest, file.now(), believed=file.settled)

    def intact(self, digest: Digest, blob: Path) -> bool:
        """Whether a blob is no link, or is one to a file that still has the recorded content.

        A file whose content times are the same but whose inode was touched (renamed, linked, its mode changed) is
        read once, and recorded anew.
        """
        try:
            recorded = json.loads((self.folder / digest.hex).read_bytes())
        except FileNotFoundError:
            return True
        except (OSError, ValueError):
            recorded = []
        try:
            descriptor = os.open(blob, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            return self._compare(digest, blob, descriptor, recorded)
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove what dead processes left half-linked. Nobody may be linking."""
        for path in self.folder.glob(f"*{_UNFINISHED}"):
            with writing(self.folder):
                path.unlink(missing_ok=True)

    def forget(self, digest: Digest) -> None:
        """Drop the record of a blob, if there is one."""
        with writing(self.folder):
            (self.folder / digest.hex).unlink(missing_ok=True)

    def _compare(self, digest: Digest, blob: Path, descriptor: int, recorded: object) -> bool:
        identity = FileIdentity.of(os.fstat(descriptor))
        now = [*_key(identity), True]
        if recorded == now:
            return True
        if isinstance(recorded, list) and recorded[:2] == now[:2] and recorded[2:4] != now[2:4]:
            return False  # the same file, and its size or content time differ
        before, settled = settle(descriptor)
        found = hashlib.sha256()
        with FileContent.of(blob).open() as reader:
            pump(reader, before.size, found.update, None, no_progress)
        after = FileIdentity.of(os.fstat(descriptor))
        if found.hexdigest() != digest.hex or (after.size, after.mtime_ns) != (before.size, before.mtime_ns):
            return False
        with contextlib.suppress(OlbuildError):  # in a read-only store the next use reads the file again
            self._record(digest, after, believed=settled and after == before)
        return True

    def _record(self, digest: Digest, identity: FileIdentity, *, believed: bool) -> None:
        with self.ingest.begin(f"record-{digest.hex}") as temporary:
            temporary.write(json.dumps([*_key(identity), believed]).encode())
            temporary.publish(self.folder / digest.hex, DOCUMENT_MODE)


def _key(identity: FileIdentity) -> list[int]:
    return [identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns]


def _cannot_link(error: OSError, path: Path, folder: Path) -> OlbuildError:
    if error.errno in {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}:
        return UsageError(
            f"{path} cannot be hard-linked into {folder}: {error.strerror}",
            hint="both must be on one file system, and the file your own; without --link it is copied",
        )
    return write_failure(error, folder)
