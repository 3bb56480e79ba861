"""Progress for logs and pipes: a line when big work begins, at every tenth of it, and when work ends."""

from __future__ import annotations

import time
from threading import Lock
from typing import TextIO

from olbuild.cli.errors import Failure
from olbuild.cli.progress import wording
from olbuild.cli.progress.ledger import Ledger, Work
from olbuild.core.events import Advanced, Event, Finished, Said, Started

_BIG = 50_000_000  # bytes; smaller work is over before a tenth of it is worth a line
_PAUSE = 1.0  # seconds at least between two lines about a piece of work
_SLOW = 5.0  # the same for work whose size is not known


class PlainLines:
    """Writes lines to a stream."""

    def __init__(self, stream: TextIO) -> None:
        """Use a stream."""
        self._stream = stream
        self._ledger = Ledger()
        self._lock = Lock()
        self._told: dict[str, tuple[float, int]] = {}  # when, and up to which tenth

    def __call__(self, event: Event) -> None:
        """Write a line, if the event is worth one."""
        now = time.monotonic()
        with self._lock:
            if isinstance(event, Said):
                self._write(*wording.said(event))
                return
            work = self._ledger.apply(event, now)
            if work is None:
                return
            if isinstance(event, Started):
                self._told.pop(event.id, None)
            elif isinstance(event, Advanced):
                self._advanced(event.id, work, now)
            elif isinstance(event, Finished):
                self._told.pop(event.id, None)
                self._write(wording.ended(work, now))

    def _advanced(self, key: str, work: Work, now: float) -> None:
        fraction = work.fraction
        if key not in self._told and (work.total or 0) >= _BIG:  # not at its start: it may turn out to be there already
            self._told[key] = now, 0
            self._write(wording.begun(work))
        if fraction is not None and ((work.total or 0) < _BIG or fraction >= 1):
            return
        told, tenth = self._told.get(key, (work.begun, 0))
        reached = int(fraction * 10) if fraction is not None else tenth + 1
        if reached > tenth and now - told >= (_SLOW if fraction is None else _PAUSE):
            self._told[key] = now, reached
            self._write(wording.under_way(work, now))

    def close(self) -> None:
        """Nothing is open: each line was written at once."""

    def fail(self, failure: Failure) -> bool:  # noqa: ARG002 - the protocol's signature
        """Leave errors to the common way."""
        return False

    def _write(self, *lines: str) -> None:
        print(*lines, sep="\n", file=self._stream, flush=True)
