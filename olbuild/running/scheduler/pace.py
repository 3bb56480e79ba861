"""How much of a prompt is read in one step, so that it stays short on any machine."""

from __future__ import annotations

SECONDS = 0.25
"""How long a step shall take in which others wait for their next token."""

_LEAST = 16  # fewer tokens would take about as long
_FIRST = 256
_WEIGHT = 0.25


class Pace:
    """Learns from the times of steps how many tokens can be read in a quarter of a second.

    Attributes:
        chunk: that number, at least 16.
    """

    def __init__(self) -> None:
        """Begin with a guess."""
        self.chunk = _FIRST
        self._each: float | None = None

    def note(self, tokens: int, seconds: float) -> None:
        """Take note of a step. One of a few tokens says nothing: it takes as long as the weights need to be read."""
        if tokens < _LEAST or seconds <= 0:
            return
        each = seconds / tokens
        self._each = each if self._each is None else self._each + _WEIGHT * (each - self._each)
        self.chunk = max(_LEAST, int(SECONDS / self._each))
