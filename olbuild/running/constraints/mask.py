"""Masks of tokens, applied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def forbid(logits: NDArray[np.float32], mask: bytes) -> None:
    """Set the logits of tokens that a mask does not have to minus infinity, in place.

    Args:
        logits: one for each token; a view of llama.cpp's own memory will do.
        mask: a bit for each token, the first one lowest (``Constraint.mask``).
    """
    allowed = np.unpackbits(np.frombuffer(mask, np.uint8), count=logits.size, bitorder="little")
    np.copyto(logits, -np.inf, where=allowed == 0)
