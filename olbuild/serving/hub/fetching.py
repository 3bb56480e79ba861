"""Blobs on their way from another registry: one transfer each, however many clients wait for it.

Clients get what has arrived while the rest is coming. The last byte is held back until size and digest match, so that
no client ever gets a whole blob that is wrong.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Lock, Thread

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import IntegrityError, NotFoundError, OlbuildError, RegistryError
from olbuild.core.names import Digest
from olbuild.serving.hub.http.wire import Gone
from olbuild.serving.recent import Recent
from olbuild.storage.store import Store
from olbuild.storage.store.uploads import Upload

_TICK = 0.02


class Fetch:
    """One blob on its way."""

    def __init__(self, store: Store, recent: Recent, descriptor: Descriptor, content: Content) -> None:
        """Begin a transfer in a thread of its own.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the store cannot be written.
        """
        store.require_space(descriptor.size)
        self.descriptor = descriptor
        self._store = store
        self._recent = recent
        self._content = content
        self._word = store.uploads.begin()
        self._file = io.FileIO(store.home.uploads / self._word)
        self._upload: Upload | None = None
        self._changed = Condition()
        self._ended: OlbuildError | bool = False
        """whether it is in the store, or why it is not"""

    def run(self) -> None:
        """Transfer the blob, and tell those who wait for it how that ended."""
        ended: OlbuildError | bool = RegistryError("the transfer was broken off")
        try:
            self._transfer()
            ended = True
        except OlbuildError as error:
            ended = error
        finally:
            if ended is not True:
                with suppress(NotFoundError):
                    self._store.uploads.cancel(self._word)
            with self._changed:
                self._ended = ended
                self._changed.notify_all()

    def open(self) -> io.FileIO:
        """Return the file, which grows, and stays readable when it becomes a blob."""
        return io.FileIO(os.dup(self._file.fileno()))

    def close(self) -> None:
        """Close the file; those who opened it keep theirs."""
        self._file.close()

    def available(self, offset: int) -> int:
        """Wait until there is something behind an offset, and return where it ends.

        Raises:
            OlbuildError: if the transfer failed.
        """
        with self._changed:
            while self._ended is False and self._arrived() <= offset:
                self._changed.wait(_TICK)
            if isinstance(self._ended, OlbuildError):
                raise self._ended
            return self.descriptor.size if self._ended else self._arrived()

    def available_or_gone(self, offset: int) -> int:
        """Do the same for an answer that has begun already.

        Raises:
            Gone: if the transfer failed.
        """
        try:
            return self.available(offset)
        except OlbuildError as error:
            raise Gone(error.message) from error

    def _transfer(self) -> None:
        digest, size = self.descriptor.digest, self.descriptor.size
        with self._store.uploads.open(self._word) as upload:
            self._upload = upload
            with self._content.open() as reader:
                upload.append(reader, size)
            if upload.received != size:
                raise IntegrityError(f"{digest} has {upload.received} of {size} bytes")
            self._recent.keep(digest)
            upload.finish(digest, self._store.layout.blobs)

    def _arrived(self) -> int:
        received = self._upload.received if self._upload is not None else 0
        return min(received, self.descriptor.size - 1)


class Fetches:
    """The transfers that are going on. Threads may share it."""

    def __init__(self, store: Store, recent: Recent, stored: Callable[[], None]) -> None:
        """Begin with none; ``stored`` is called whenever one has ended."""
        self._store = store
        self._recent = recent
        self._stored = stored
        self._going_on: dict[Digest, Fetch] = {}
        self._guard = Lock()

    def join(self, descriptor: Descriptor, content: Content) -> tuple[Fetch, io.FileIO]:
        """Return the transfer of a blob, which is begun if nobody did yet, and the file in which it arrives.

        Raises:
            ResourceError: if there is no space.
            StoreError: if the store cannot be written.
        """
        with self._guard:
            fetch = self._going_on.get(descriptor.digest)
            if fetch is None:
                fetch = Fetch(self._store, self._recent, descriptor, content)
                self._going_on[descriptor.digest] = fetch
                Thread(target=self._run, args=(fetch,), daemon=True).start()
            return fetch, fetch.open()

    def _run(self, fetch: Fetch) -> None:
        try:
            fetch.run()
        finally:
            with self._guard:
                del self._going_on[fetch.descriptor.digest]
                fetch.close()
            self._stored()
