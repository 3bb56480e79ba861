"""Embeddings on the wire."""

from __future__ import annotations

import base64

from olbuild.running.engine.vectors import numbers


def as_floats(vector: bytes) -> list[float]:
    """Return the numbers of a vector of little-endian float32."""
    return numbers(vector).tolist()


def as_base64(vector: bytes) -> str:
    """Return a vector of little-endian float32 as the OpenAI API sends it when asked for ``base64``."""
    return base64.b64encode(vector).decode("ascii")
