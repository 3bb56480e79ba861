"""Measure what a model gives to several users at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from olbuild.core.errors import EngineError, OlbuildError

_WORDS = (
    *("river", "window", "garden", "engine", "market", "letter", "winter", "bridge", "copper", "island", "forest"),
    *("silver", "kitchen", "harbour", "mountain", "library", "station", "morning", "teacher", "painter", "village"),
    *("journey", "shadow", "orchard", "lantern", "meadow", "thunder", "castle", "compass", "blanket", "whistle"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What each user asks for.

    Attributes:
        tokens: most tokens of an answer.
        words: words of a question. Questions differ from their first word on.
        shared: words of a system text that all have in common; 0 is none.
    """

    tokens: int = 64
    words: int = 48
    shared: int = 0

    @property
    def system(self) -> str:
        """The text that all have in common."""
        return _text(self.shared, 1)

    def question(self, user: int) -> str:
        """Return what a user asks."""
        return f"{_text(self.words, user + 2)} Tell a long story with all of these words."


def _text(count: int, seed: int) -> str:
    """Return words in an order that another seed does not have, not even at the start."""
    state, words = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % (1 << 31)
        words.append(_WORDS[(state >> 16) % len(_WORDS)])
    return " ".join([str(seed), *words]) if words else ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tokens a request had, and how many its answer."""

    prompt: int
    answer: int


Ask = Callable[[int, Callable[[], None]], Counts]
"""Asks for a user, calls the function when the first token is there, and returns at the end of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What so many users had, asking at once. Times in seconds.

    Attributes:
        users: how many.
        seconds: from the first question to the end of the last answer.
        prompt_tokens, tokens: of all requests, and of all answers.
        first: the time to the first token, of each user, ascending.
        between: the mean time between two tokens of an answer, of each user, ascending.
    """

    users: int
    seconds: float
    prompt_tokens: int
    tokens: int
    first: tuple[float, ...]
    between: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Tokens of all answers, a second."""
        return self.tokens / self.seconds


def part(values: Sequence[float], fraction: float) -> float:
    """Return the smallest of ascending values that so much of them does not exceed (nearest rank); 0 of none."""
    return values[max(math.ceil(fraction * len(values)), 1) - 1] if values else 0.0


def measure(users: int, ask: Ask) -> Measured:
    """Let users ask at the same moment, each in a thread of its own.

    Raises:
        OlbuildError: what the first user met that was not answered.
    """
    asking = [_User(number, ask) for number in range(users)]
    started = time.perf_counter()
    for user in asking:
        user.thread.start()
    for user in asking:
        user.thread.join()
    ended = time.perf_counter()
    for user in asking:
        if user.error is not None:
            raise user.error
    return Measured(
        users=users,
        seconds=ended - started,
        prompt_tokens=sum(user.counts.prompt for user in asking),
        tokens=sum(user.counts.answer for user in asking),
        first=tuple(sorted(user.first - started for user in asking)),
        between=tuple(sorted(user.between for user in asking if user.counts.answer > 1)),
    )


class _User:
    """One who asks once."""

    def __init__(self, number: int, ask: Ask) -> None:
        self._number, self._ask = number, ask
        self.thread = threading.Thread(target=self._run, name=f"user-{number}", daemon=True)
        self.first = self._last = 0.0
        self.counts = Counts(0, 0)
        self.error: OlbuildError | None = None

    def _run(self) -> None:
        try:
            self.counts = self._ask(self._number, self._hear)
        except OlbuildError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            self.error = EngineError(f"a question could not be asked: {error}")
        self._last = time.perf_counter()
        self.first = self.first or self._last

    def _hear(self) -> None:
        self.first = self.first or time.perf_counter()

    @property
    def between(self) -> float:
        """The mean time between two tokens."""
        return (self._last - self.first) / max(self.counts.answer - 1, 1)
