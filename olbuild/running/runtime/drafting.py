"""Guesses of a draft: a smaller model with the same vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING, Protocol

from olbuild.core.errors import EngineError
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.outcome import NotEvaluated
from olbuild.running.runtime.guessing import Wanted
from olbuild.running.steps import Cut, Edit, Feed, Step

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SURE = 0.5
"""A draft stops to guess when its best token is less probable than this."""

_DIFFERENCE = 128
_EVERY = 61


class Tokens(Protocol):
    """What is compared of a vocabulary."""

    size: int

    @property
    def eos(self) -> str:
        """Text of the token that ends a sequence."""
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token."""
        ...


def check_vocabularies(model: Tokens, draft: Tokens) -> None:
    """Check that the tokens of a draft mean what those of the model mean; the ends of the vocabularies may differ.

    Raises:
        EngineError: if they do not.
    """
    common = min(model.size, draft.size)
    same = all(model.piece(token) == draft.piece(token) for token in range(0, common, _EVERY))
    if abs(model.size - draft.size) > _DIFFERENCE or not same or model.eos != draft.eos:
        raise EngineError(
            "the draft model has another vocabulary than the model",
            hint="a draft must be of the same family as the model",
        )


class Drafter:
    """Lets a draft go on with the answers; a ``Guesser``.

    Args:
        decoder: the draft's context, with a sequence for each request.
        tokens: how many tokens the model knows.
    """

    def __init__(self, decoder: Decoder, tokens: int) -> None:
        """Begin without requests."""
        self._decoder, self._tokens = decoder, tokens
        self._known: dict[int, list[int]] = {}  # by sequence: what the draft has evaluated
        self._sequences: dict[int, int] = {}  # by request

    def guess(self, wanted: Mapping[int, Wanted]) -> dict[int, tuple[int, ...]]:
        """Return guesses for some requests. A long prompt is read over several calls, and until then there are none."""
        room = self._decoder.room
        edits: list[Edit] = []
        feeds: list[Feed] = []
        left = room.batch
        for request, want in wanted.items():
            sequence = self._sequence(request)
            fits = len(want.history) + want.most <= room.context
            if sequence is None or not fits or not left:
                continue
            known = self._known[sequence]
            common = sum(1 for _ in takewhile(bool, map(eq, known, want.history[:-1])))
            if common < len(known):
                common = common if room.cuts else 0
                del known[common:]
                edits.append(Cut(sequence, common))
            tokens = tuple(want.history[common : common + left])
            left -= len(tokens)
            feeds.append(Feed(request, sequence, common, tokens, int(common + len(tokens) == len(want.history))))
        return self._continue(Step(edits=tuple(edits), feeds=tuple(feeds)), wanted) if feeds else {}

    def _continue(self, step: Step, wanted: Mapping[int, Wanted]) -> dict[int, tuple[int, ...]]:
        """Read, then add a token to each request that the draft is sure of, until none is left."""
        guesses: dict[int, tuple[int, ...]] = {}
        while step.feeds:
            try:
                rows = iter(self._decoder.apply(step))
            except NotEvaluated as failed:
                for sequence in failed.lost:
                    self._known[sequence] = []
                break
            feeds = []
            for feed in step.feeds:
                self._known[feed.sequence] += feed.tokens
                token = _best(next(rows)) if feed.outputs else None
                if token is None or token >= self._tokens:
                    continue
                guesses[feed.request] = (*guesses.get(feed.request, ()), token)
                if len(guesses[feed.request]) < wanted[feed.request].most:
                    position = feed.position + len(feed.tokens)
                    feeds.append(Feed(feed.request, feed.sequence, position, (token,), 1))
            step = Step(feeds=tuple(feeds))
        return guesses

    def _sequence(self, request: int) -> int | None:
        """Return the sequence of a request; there may be none left."""
        if request not in self._sequences:
            busy = set(self._sequences.values())
            free = [number for number in range(self._decoder.room.sequences) if number not in busy]
            if not free:
                return None
            self._sequences[request] = free[0]
            self._known.setdefault(free[0], [])
        return self._sequences[request]

    def forget(self, request: int) -> None:
        """Take note that a request has ended; what was read of it may help the next one."""
        self._sequences.pop(request, None)


def _best(logits: npt.NDArray[np.float32]) -> int | None:
    """Return the most probable token, if it is probable enough."""
    import numpy as np  # noqa: PLC0415 - loaded with the model

    token = int(logits.argmax())
    return token if 1 / float(np.exp(logits - logits[token]).sum()) >= _SURE else None
