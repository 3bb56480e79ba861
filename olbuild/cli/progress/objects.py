"""Progress for programs: one JSON object a line.

``{"event": "expected", "amount"}`` before several pieces of work, ``{"event": "started", "id", "label", "total"}``,
``{"event": "advanced", "id", "done"}`` (at most ten a second for each id), ``{"event": "finished", "id", "outcome",
"done"}``, ``{"event": "said", "level", "text"}``, and at the end of a run that failed ``{"event": "failed", "message",
"hint", "exit_code"}``. Amounts are in bytes; ``total`` may be null.
"""

from __future__ import annotations

import json
import time
from threading import Lock
from typing import TextIO, assert_never

from olbuild.cli.errors import Failure
from olbuild.cli.progress.ledger import Ledger
from olbuild.core.events import Advanced, Event, Expected, Finished, Said, Started

_PAUSE = 0.1  # seconds


class JsonLines:
    """Writes objects to a stream."""

    def __init__(self, stream: TextIO) -> None:
        """Use a stream."""
        self._stream = stream
        self._ledger = Ledger()
        self._lock = Lock()
        self._told: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        """Write an event."""
        now = time.monotonic()
        with self._lock:
            if isinstance(event, Said):
                self._write(event="said", level=event.level, text=event.text)
                return
            work = self._ledger.apply(event, now)
            if isinstance(event, Expected):
                self._write(event="expected", amount=event.amount)
                return
            if work is None:
                return
            match event:
                case Started():
                    self._write(event="started", id=event.id, label=event.label, total=event.total)
                case Advanced():
                    if now - self._told.get(event.id, 0) >= _PAUSE:
                        self._told[event.id] = now
                        self._write(event="advanced", id=event.id, done=work.done)
                case Finished():
                    self._write(event="finished", id=event.id, outcome=event.outcome, done=work.done)
                case _:
                    assert_never(event)

    def close(self) -> None:
        """Nothing is open: each line was written at once."""

    def fail(self, failure: Failure) -> bool:
        """Report what ended the run."""
        self._write(event="failed", message=failure.text, hint=failure.hint, exit_code=failure.exit_code)
        return True

    def _write(self, **document: object) -> None:
        print(json.dumps(document), file=self._stream, flush=True)
