"""The port that everything above an engine sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

from olbuild.running.options import Sampling

Finish = Literal["stop", "length", "interrupted"]
"""Why an answer ended: the model or a stop text ended it; a limit or the context was reached; someone closed it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A further part of an answer: whole characters, never a part of a stop text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an answer came about. Durations are in seconds.

    Attributes:
        prompt_tokens: length of the prompt.
        cached_tokens: how many of those were already evaluated by an earlier call.
        tokens: how many tokens were generated, the one that ended the answer included.
        seed: the seed that was used; with it the answer can be had again.
    """

    finish: Finish
    prompt_tokens: int
    cached_tokens: int
    tokens: int
    prompt_seconds: float
    generation_seconds: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a loaded model says about itself. ``context`` and ``trained_context`` are in tokens, ``size`` in bytes.

    ``bos`` and ``eos`` are the texts of the tokens that begin and end a sequence; empty when there is none.
    """

    description: str
    size: int
    context: int
    trained_context: int
    template: str | None
    bos: str
    eos: str


class Generation(Iterator[Piece], Protocol):
    """An answer on its way. Iterate over it for its pieces; close it to end it early."""

    @property
    def result(self) -> Result:
        """The figures, once the iteration has ended or the generation is closed."""
        ...

    def close(self) -> None:
        """End it now, if it is still going on; return when it has ended. Safe to call twice and from any thread."""
        ...

    def __enter__(self) -> Self:
        """Use it as a context, which closes it."""
        ...

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        ...


class Engine(Protocol):
    """A loaded model. It answers one prompt at a time."""

    @property
    def facts(self) -> Facts:
        """What the model says about itself."""
        ...

    def tokenize(self, text: str) -> tuple[int, ...]:
        """Return the tokens of a prompt that came out of a template.

        The texts of special tokens become those tokens. The token that begins a sequence is put in front if the model
        wants one and the text does not begin with it already.
        """
        ...

    def generate(self, prompt: Sequence[int], sampling: Sampling) -> Generation:
        """Begin to answer.

        What the prompt has in common with the last one (and its answer) from the start is not evaluated again.

        Raises:
            UsageError: if the prompt does not fit into the context.
            EngineError: if the engine fails (also while iterating), or another answer is still on its way.
        """
        ...

    def forget(self) -> None:
        """End an answer that is on its way, and evaluate the next prompt from its beginning.

        What was kept of other prompts was evaluated in batches of other sizes, which round differently: an answer that
        shall depend on nothing but its prompt needs this before.
        """
        ...

    def close(self) -> None:
        """Free the model. Safe to call twice."""
        ...
