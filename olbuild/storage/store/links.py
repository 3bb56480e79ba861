"""Blobs that are hard links to files of the user, and whether those files are still what they were.

The inode is the user's: olbuild never changes its mode or owner, and cannot keep the user from changing its bytes.
So its identity is recorded, and compared at every use.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from olbuild.core.content import FileContent
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest
from olbuild.storage.ports import no_progress
from olbuild.storage.store.failures import writing
from olbuild.storage.store.identity import FileIdentity, settle
from olbuild.storage.store.ingest import DOCUMENT_MODE, Ingest
from olbuild.storage.store.pump import pump


@dataclass(frozen=True, slots=True)
class Links:
    """Records of linked blobs, one file for each, in a folder."""

    folder: Path
    ingest: Ingest

    def record(self, digest: Digest, identity: FileIdentity, *, believed: bool) -> None:
        """Remember what a linked blob looks like.

        Before the link appears its last change time is not known, because linking sets it: the record then is not
        ``believed``, and a use that finds it so reads the file once.

        Raises:
            StoreError: if the record cannot be written.
        """
        key = [identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns, believed]
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        with self.ingest.begin(f"record-{digest.hex}") as temporary:
            temporary.write(json.dumps(key).encode())
            temporary.publish(self.folder / digest.hex, DOCUMENT_MODE)

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

    def forget(self, digest: Digest) -> None:
        """Drop the record of a blob, if there is one."""
        with writing(self.folder):
            (self.folder / digest.hex).unlink(missing_ok=True)

    def _compare(self, digest: Digest, blob: Path, descriptor: int, recorded: object) -> bool:
        identity = FileIdentity.of(os.fstat(descriptor))
        now = [identity.device, identity.inode, identity.size, identity.mtime_ns, identity.ctime_ns, True]
        if recorded == now:
            return True
        if isinstance(recorded, list) and recorded[:2] == now[:2] and recorded[2:4] != now[2:4]:
            return False  # the same file, and its size or content time differ
        before, settled = settle(descriptor)
        found = hashlib.sha256()
        with FileContent.of(blob).open() as reader:
            pump(reader, before.size, found.update, None, no_progress)
        if found.hexdigest() != digest.hex or FileIdentity.of(os.fstat(descriptor)) != before:
            return False
        with contextlib.suppress(OlbuildError):  # in a read-only store the next use reads the file again
            self.record(digest, before, believed=settled)
        return True
