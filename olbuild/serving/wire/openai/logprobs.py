"""Log-probabilities of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from olbuild.core.errors import UsageError
from olbuild.running.requests import Alternative, TokenLogprob

IMPOSSIBLE = -9999.0
"""Stands for the logarithm of 0, which JSON has no number for."""

MOST = 20


class Candidate(msgspec.Struct, kw_only=True):
    """A token, its bytes, and the logarithm of its probability."""

    token: str
    logprob: float
    bytes: list[int]


class Logprob(Candidate, kw_only=True):
    """The token that was chosen; the alternatives are there if they were asked for."""

    top_logprobs: list[Candidate] | UnsetType = UNSET


class Logprobs(msgspec.Struct, kw_only=True):
    """Those of a part of an answer."""

    content: list[Logprob]


def wanted(logprobs: bool | None, top: int | None) -> int | None:  # noqa: FBT001 - a field of a request
    """Return how many alternatives are wanted with each token; ``None`` is no log-probabilities at all.

    Raises:
        UsageError: if that is impossible.
    """
    if top is not None and not 0 <= top <= MOST:
        raise UsageError(f"top_logprobs must be between 0 and {MOST}")
    return (top or 0) if logprobs else None


def entries(tokens: Sequence[TokenLogprob], alternatives: int) -> list[Logprob]:
    """Return the log-probabilities of some tokens, with so many alternatives each."""
    return [
        Logprob(
            token=token.token,
            logprob=number(token),
            bytes=list(token.data),
            top_logprobs=[_candidate(each) for each in token.top[:alternatives]] if alternatives else UNSET,
        )
        for token in tokens
    ]


def number(token: Alternative) -> float:
    """Return a log-probability that JSON can hold."""
    return max(token.logprob, IMPOSSIBLE)


def _candidate(token: Alternative) -> Candidate:
    return Candidate(token=token.token, logprob=number(token), bytes=list(token.data))
