"""How many values a body may have: each of them takes fifty times the memory and the time that it takes on the wire."""

from __future__ import annotations

import re

from olbuild.core.errors import UsageError

_MOST_VALUES = 1 << 19
_VALUE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[,\[{]', re.DOTALL)


def require_few_values(body: bytes) -> None:
    """Refuse JSON of very many values. Texts (images are texts, too) may be long, and have commas.

    Raises:
        UsageError: if there are too many.
    """
    if body.count(b",") + body.count(b"[") + body.count(b"{") <= _MOST_VALUES:
        return
    for count, _ in enumerate(_VALUE.finditer(body)):
        if count >= _MOST_VALUES:
            raise UsageError(f"the body has more than {_MOST_VALUES} values")
