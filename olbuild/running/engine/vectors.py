"""Vectors, cut and scaled. Pure."""

from __future__ import annotations

import math
import sys
from array import array

from olbuild.core.errors import EngineError


def numbers(vector: bytes) -> array[float]:
    """Return the numbers of a vector, which is little-endian float32."""
    found = array("f", vector)
    if sys.byteorder == "big":
        found.byteswap()
    return found


def finished(vector: bytes, dimensions: int, *, normalise: bool) -> bytes:
    """Return a vector with only its first numbers, and of length 1 if that is wanted.

    Args:
        vector: little-endian float32.
        dimensions: how many numbers to keep; 0, or more than there are, is all of them.
        normalise: scale it, after the cut; a vector of zeros stays one.

    Raises:
        EngineError: if the model made numbers that are none.
    """
    kept = numbers(vector)
    if 0 < dimensions < len(kept):
        kept = kept[:dimensions]
    length = math.sqrt(math.fsum(number * number for number in kept))
    if not math.isfinite(length):
        raise EngineError("the model made a vector with numbers that are not finite")
    if normalise and length > 0:
        kept = array("f", (number / length for number in kept))
    if sys.byteorder == "big":
        kept.byteswap()
    return kept.tobytes()
