"""Large blobs that need no second hash: what state a blob was in when it had been verified and stored."""

from __future__ import annotations

import os
from contextlib import suppress

from olbuild.core.content import Content, FileContent, file_state
from olbuild.core.names import Digest
from olbuild.core.records import Frozen, replace
from olbuild.storage.store.blobs import Blobs
from olbuild.storage.store.identity import FileIdentity, settle
from olbuild.storage.store.statcache import StatCache

_WORTH_IT = 16 << 20  # bytes; what is smaller is hashed in no time


class Witness(Frozen):
    """Knows blobs by the states of their files."""

    blobs: Blobs
    cache: StatCache

    def note(self, digest: Digest, size: int) -> None:
        """Remember the state of a blob that was stored a moment ago; of a small one nothing."""
        if size < _WORTH_IT:
            return
        with suppress(OSError):  # then it is hashed once more
            descriptor = os.open(self.blobs.path(digest), os.O_RDONLY | os.O_CLOEXEC)
            try:
                identity, settled = settle(descriptor)
            finally:
                os.close(descriptor)
            if settled and identity.size == size:
                self.cache.record(identity, digest)

    def vouch(self, digest: Digest, content: Content) -> Content:
        """Return a handle that says that its bytes match, if they are known to."""
        if not isinstance(content, FileContent) or content.size < _WORTH_IT:
            return content
        try:
            status = content.path.stat()
        except OSError:
            return content
        known = self.cache.find(FileIdentity.of(status))
        return replace(content, verified=file_state(status)) if known == digest else content
