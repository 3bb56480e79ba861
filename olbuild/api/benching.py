"""Measure what a model gives to several users at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from olbuild.api.running import load
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import ParameterValue
from olbuild.core.errors import EngineError, OlbuildError
from olbuild.core.records import Frozen
from olbuild.running.requests import Chat
from olbuild.running.session.generation import Generation
from olbuild.running.session.model import Model

_TOKENS_A_WORD = 2  # at most, of the words below, in the vocabularies that are in use
_TEMPLATE = 256
_SMALLEST = 512

_WORDS = (
    *("river", "window", "garden", "engine", "market", "letter", "winter", "bridge", "copper", "island", "forest"),
    *("silver", "kitchen", "harbour", "mountain", "library", "station", "morning", "teacher", "painter", "village"),
    *("journey", "shadow", "orchard", "lantern", "meadow", "thunder", "castle", "compass", "blanket", "whistle"),
)


class Work(Frozen, kw_only=True):
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
        return f"{_text(self.words, user + 2)} Write a very long story, of many chapters, with all of these words."

    @property
    def context(self) -> int:
        """A context that suffices."""
        return max(_SMALLEST, _TOKENS_A_WORD * (self.shared + self.words) + self.tokens + _TEMPLATE)


def _text(count: int, seed: int) -> str:
    """Return words in an order that another seed does not have, not even at the start."""
    state, words = seed, []
    for _ in range(count):
        state = (state * 1103515245 + 12345) % (1 << 31)
        words.append(_WORDS[(state >> 16) % len(_WORDS)])
    return " ".join([str(seed), *words]) if words else ""


class Counts(Frozen):
    """How many tokens a request had, how many its answer, and how many of the request were known before."""

    prompt: int
    answer: int
    cached: int = 0


Ask = Callable[[int, Callable[[], None]], Counts]
"""Asks for a user, calls the function when the first token is there, and returns at the end of the answer."""


class Measured(Frozen, kw_only=True):
    """What so many users had, asking at once. Times in seconds.

    Attributes:
        users: how many.
        seconds: from the first question to the end of the last answer.
        prompt_tokens, cached_tokens: of all requests, and those of them that were known before.
        tokens: of all answers.
        first: the time to the first token, of each user, ascending.
        between: the mean time between two tokens of an answer, of each user, ascending.
    """

    users: int
    seconds: float
    prompt_tokens: int
    cached_tokens: int
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
        cached_tokens=sum(user.counts.cached for user in asking),
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


def bench(
    workspace: Workspace,
    name: str,
    users: Sequence[int],
    work: Work,
    options: Mapping[str, ParameterValue] | None = None,
    *,
    variant: str | None = None,
) -> Iterator[Measured]:
    """Load a model, and yield what it gives to each number of users. Nobody finds anything read that others asked.

    Args:
        workspace: settings, listener and store.
        name: as for ``load``.
        users: how many, ascending or not.
        work: what each asks for.
        options: parameters that win over the artifact's. Without ``num_ctx`` the context suffices for the work.
        variant: as for ``load``.

    Raises:
        OlbuildError: as ``load`` does, or as a question was answered.
    """
    parameters = {"num_ctx": work.context, "temperature": 0, **(options or {})}
    with load(workspace, name, parameters, variant=variant, parallel=max(users)) as model:
        for _ in range(2):  # what the first one has read goes to better places behind the second one
            measure(1, _asker(model, Work(tokens=1, words=1), "warm-up"))
            model.settle()
        for number, count in enumerate(users):
            yield measure(count, _asker(model, work, str(number)))


def _asker(model: Model, work: Work, cache: str) -> Ask:
    def ask(user: int, hear: Callable[[], None]) -> Counts:
        system = ({"role": "system", "content": work.system},) if work.shared else ()
        messages = (*system, {"role": "user", "content": work.question(user)})
        wish = Chat(messages=messages, options={"num_predict": work.tokens}, client=str(user), cache=cache)
        with Generation(lambda tell: model.ask(wish, tell)) as generation:
            for _ in generation:
                hear()
            done = generation.result
        return Counts(done.prompt_tokens, done.tokens, done.cached_tokens)

    return ask
