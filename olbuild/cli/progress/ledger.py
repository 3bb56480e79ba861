"""What is known about each piece of work. Pure: the clock is handed in, in seconds."""

from __future__ import annotations

from collections import deque
from typing import assert_never

from msgspec import field

from olbuild.core.events import Advanced, Expected, Finished, Outcome, Started
from olbuild.core.records import Mutable

_WINDOW = 3.0  # seconds over which the rate is taken, so that it neither jumps nor lags


class Work(Mutable, kw_only=True):
    """A piece of work. Amounts are in bytes; ``total`` is ``None`` when it cannot be known."""

    label: str
    total: int | None
    begun: float
    done: int = 0
    ended: float | None = None
    outcome: Outcome | None = None
    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def advance(self, amount: int, now: float) -> None:
        """Count more bytes."""
        self.done += amount
        self.samples.append((now, self.done))
        while len(self.samples) > 2 and self.samples[0][0] < now - _WINDOW:  # noqa: PLR2004 - two points are a line
            self.samples.popleft()

    def rate(self, now: float) -> float:
        """Return bytes a second: of late while it runs, all in all when it has ended."""
        if self.ended is not None or not self.samples:
            return self.done / max((self.ended or now) - self.begun, 1e-6)
        since, before = self.samples[0] if now - self.begun > _WINDOW else (self.begun, 0)
        return (self.done - before) / max(now - since, 1e-6)

    def left(self, now: float) -> float | None:
        """Return the seconds that are left, as far as that can be said."""
        if self.total is None or self.ended is not None or not self.done:
            return None
        rate = self.rate(now)
        return max(self.total - self.done, 0) / rate if rate > 0 else None

    @property
    def fraction(self) -> float | None:
        """The part that is done, 0 to 1."""
        if self.total is None:
            return None
        return min(self.done / self.total, 1.0) if self.total else 1.0


class Ledger:
    """All work of a run, in the order in which it began, and its sum."""

    def __init__(self) -> None:
        """Begin empty."""
        self.works: dict[str, Work] = {}
        self.total = Work(label="total", total=0, begun=0.0)
        self._awaited = 0  # announced, and not started yet

    def apply(self, event: Expected | Started | Advanced | Finished, now: float) -> Work | None:
        """Write an event down and return its work; ``None`` for work that never began, or that has ended."""
        if isinstance(event, Expected):
            self._awaited += event.amount
            self._expect(event.amount)
            return None
        if isinstance(event, Started):
            return self._begin(event, now)
        work = self.works.get(event.id)
        if work is None or work.ended is not None:
            return None
        if isinstance(event, Advanced):
            work.advance(event.amount, now)
            self.total.advance(event.amount, now)
        elif isinstance(event, Finished):
            self._end(work, event.outcome, now)
        else:
            assert_never(event)
        return work

    @property
    def running(self) -> list[Work]:
        """The work that has not ended."""
        return [work for work in self.works.values() if work.ended is None]

    def _begin(self, event: Started, now: float) -> Work:
        if not self.works:
            self.total.begun = now
        again = self.works.pop(event.id, None)
        if again is not None and again.ended is None:
            self._expect(-(again.total or 0))
            self.total.done -= again.done
            self.total.samples.clear()
        announced = min(self._awaited, event.total or 0)
        self._awaited -= announced
        self._expect(None if event.total is None else event.total - announced)
        work = Work(label=event.label, total=event.total, begun=now)
        self.works[event.id] = work
        return work

    def _end(self, work: Work, outcome: Outcome, now: float) -> None:
        work.ended, work.outcome = now, outcome
        if outcome in {"exists", "cached"}:
            self._expect(-(work.total or 0))
        elif outcome == "done" and work.total is not None and work.done < work.total:
            rest = work.total - work.done
            work.advance(rest, now)
            self.total.advance(rest, now)

    def _expect(self, amount: int | None) -> None:
        """Add to the sum; of an unknown amount there is no sum any more."""
        self.total.total = None if amount is None or self.total.total is None else self.total.total + amount
