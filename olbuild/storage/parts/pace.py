"""How many readers at once: more while they raise the rate. Pure: the clock and the counters are handed in."""

from __future__ import annotations

from olbuild.core.records import Frozen

_SETTLE = 0.2  # seconds after a change that are not measured, counted from when every reader receives
_LONGEST_SETTLE = 3.0
_WINDOW = 0.4  # seconds that are measured
_REST = 10.0  # seconds until more readers are tried again where they brought nothing
_GAIN = 0.4  # of what twice as many readers could bring at best
_FAST = 128 << 20  # bytes a second: what one reader gets when nothing holds it back but the machine itself
_BUSY = 0.6  # of a processor: beyond, hashing and copying are the limit and not the network
_SHORT = 1.0  # seconds: what is done by then needs no help


class Look(Frozen, kw_only=True):
    """What is seen at a moment.

    ``now`` and ``cpu`` (what this process has used) are in seconds, ``received`` and ``left`` in bytes; ``receiving``
    is how many readers have received something.
    """

    now: float
    cpu: float
    received: int
    left: int
    receiving: int


class Pace:
    """Decides for one piece of content."""

    def __init__(self, most: int, likely: int = 1) -> None:
        """Begin with as many readers as were best before; ``most`` are allowed."""
        self.most = most
        self.wanted = max(1, min(likely, most))
        self.rate = 0.0
        """Bytes a second, when it was measured last."""
        self._before = 0  # readers before the last change, 0 when it is judged
        self._changed: float | None = None
        self._rest = 0.0
        self._from: Look | None = None

    @property
    def proven(self) -> int:
        """How many readers were worth it so far."""
        return self._before or self.wanted

    def limit(self, most: int) -> None:
        """Learn that no more than so many readers are good."""
        self.most = max(1, most)
        self.wanted = min(self.wanted, self.most)

    def look(self, seen: Look) -> int:
        """Return how many readers there should be."""
        if self._changed is None:
            self._changed = seen.now
        if self._from is None:
            waited = seen.now - self._changed
            if waited >= _LONGEST_SETTLE or (waited >= _SETTLE and seen.receiving >= self.wanted):
                self._from = seen
            return self.wanted
        elapsed = seen.now - self._from.now
        if elapsed < _WINDOW:
            return self.wanted
        rate, busy = (seen.received - self._from.received) / elapsed, (seen.cpu - self._from.cpu) / elapsed
        self._from = seen
        if self._before and rate < self.rate * (1 + _GAIN * (self.wanted - self._before) / self._before):
            self._change(self._before, seen, rest=_REST)
            self._before = 0
            return self.wanted
        self._before, self.rate = 0, rate
        held = busy < _BUSY and rate < _FAST * self.wanted
        if held and self.wanted < self.most and seen.now >= self._rest and seen.left > rate * _SHORT:
            self._before = self.wanted
            self._change(min(2 * self.wanted, self.most), seen)
        return self.wanted

    def _change(self, wanted: int, seen: Look, *, rest: float = 0.0) -> None:
        self.wanted, self._changed, self._from = wanted, seen.now, None
        self._rest = seen.now + rest
