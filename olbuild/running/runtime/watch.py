"""What the engine is at, for other threads to look at: so that one that never comes back is noticed."""

from __future__ import annotations

import time
from typing import Self

from olbuild.running.jobs import UnderWay


class StopWatch:
    """Times the piece of work that is under way; one thread works, any may look."""

    def __init__(self) -> None:
        """Begin without work."""
        self._begun: float | None = None
        self.tokens = 0
        """How many tokens are evaluated; the thread that works may say so later."""

    def working(self, tokens: int = 0) -> Self:
        """Begin a piece of work, which lasts as long as this is used as a context."""
        self.tokens, self._begun = tokens, time.monotonic()
        return self

    def __enter__(self) -> Self:
        """Surround a piece of work."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End it."""
        self._begun = None

    @property
    def now(self) -> UnderWay | None:
        """What is under way."""
        begun = self._begun
        return None if begun is None else UnderWay(tokens=self.tokens, seconds=time.monotonic() - begun)
