"""Masks of tokens, read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def allowed_by(mask: bytes, size: int) -> NDArray[np.intp]:
    """Return the tokens that a mask has, in their order.

    Args:
        mask: a bit for each token, the first one lowest (``Constraint.mask``).
        size: how many tokens there are.
    """
    return np.flatnonzero(np.unpackbits(np.frombuffer(mask, np.uint8), count=size, bitorder="little"))
