"""How probable tokens were, before any sampler."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from olbuild.running.requests import Alternative, TokenLogprob

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def logprob(logits: npt.NDArray[np.float32], token: int, count: int, piece: Callable[[int], bytes]) -> TokenLogprob:
    """Return the natural logarithm of a token's probability, and of the ``count`` most probable ones, best first.

    Args:
        logits: one for each token of the vocabulary.
        token: the one that was chosen.
        count: how many alternatives; the chosen token may be one of them.
        piece: returns the bytes of a token.
    """
    import numpy as np  # noqa: PLC0415 - costs 100 ms, which loading hides

    highest = logits.max()
    total = float(highest) + float(np.log(np.exp(logits - highest).sum(dtype=np.float64)))
    best: list[int] = []
    if count := min(count, len(logits)):
        some = np.argpartition(logits, -count)[-count:]
        best = some[np.argsort(-logits[some], kind="stable")].tolist()
    top = tuple(
        Alternative(token=_text(data := piece(other)), data=data, logprob=float(logits[other]) - total)
        for other in best
    )
    data = piece(token)
    return TokenLogprob(token=_text(data), data=data, logprob=float(logits[token]) - total, top=top)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace")
