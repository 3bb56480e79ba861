"""Names of answers, which no two share."""

from __future__ import annotations

import secrets


def fresh(prefix: str) -> str:
    """Return a new name, such as ``chatcmpl-5f…`` for the prefix ``chatcmpl-``."""
    return prefix + secrets.token_hex(12)
