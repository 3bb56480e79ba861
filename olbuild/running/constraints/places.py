"""Names of places in a JSON document. Pure."""

from __future__ import annotations

import json
import re

_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")
_SHOWN = 200


def child(place: str, key: str | int) -> str:
    """Return the JSON path (RFC 9535) of a member or an item of what is at a place; the root is ``$``."""
    if isinstance(key, int):
        return f"{place}[{key}]"
    return f"{place}.{key}" if _PLAIN.fullmatch(key) else f"{place}[{json.dumps(key, ensure_ascii=False)}]"


def shown(place: str) -> str:
    """Return a path for a message, which is no longer than a message can be."""
    return place if len(place) <= _SHOWN else f"{place[: _SHOWN // 2]}…{place[-_SHOWN // 2 :]}"
