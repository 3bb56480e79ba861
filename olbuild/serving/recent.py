"""What was uploaded and is named by no manifest yet: it is kept from collection, for an hour or two."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from threading import Lock

from olbuild.core.names import Digest
from olbuild.storage.store import Lease, Store

_SPAN = 3600.0  # seconds; a lease takes what comes in one span, and ends with the next


class Recent:
    """Two leases: one takes what comes now, the other has what came before. A context manager that ends both."""

    def __init__(self, store: Store, purpose: str = "registry serve") -> None:
        """Begin with nothing; ``purpose`` is for whoever looks at leases."""
        self._store, self._purpose = store, purpose
        self._guard = Lock()
        self._leases: list[tuple[ExitStack, Lease]] = []
        self._ends = 0.0
        self._kept: set[Digest] = set()  # in this span

    def keep(self, digest: Digest) -> None:
        """Keep content, stored or not yet."""
        with self._guard:
            if time.monotonic() >= self._ends:
                self._turn()
            if digest not in self._kept:
                self._leases[-1][1].protect([digest])
                self._kept.add(digest)

    def release(self, digests: Iterable[Digest]) -> None:
        """Keep content no longer: it has a name now, or shall be deleted."""
        listed = tuple(digests)
        with self._guard:
            self._kept.difference_update(listed)
            for _, lease in self._leases:
                lease.release(listed)

    def close(self) -> None:
        """Keep nothing."""
        with self._guard:
            while self._leases:
                self._leases.pop()[0].close()

    def _turn(self) -> None:
        stack = ExitStack()
        self._leases.append((stack, stack.enter_context(self._store.lease(self._purpose))))
        if len(self._leases) > 2:  # noqa: PLR2004 - this span's and the one's before
            self._leases.pop(0)[0].close()
        self._ends = time.monotonic() + _SPAN
        self._kept.clear()
