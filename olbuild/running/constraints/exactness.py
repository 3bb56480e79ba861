"""Values that llguidance cannot write as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from olbuild.running.constraints.places import child

_EXACT = 1 << 53
_CONTROLS = re.compile(r"[\x00-\x07\x0b\x0e-\x1f]")  # which only \\uXXXX could write


def inexact(value: Any, place: str = "$") -> tuple[str, str] | None:  # noqa: ANN401 - any JSON
    """Return the place within a JSON value of what cannot be written exactly, and the reason, if there is any."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, int) and abs(value) > _EXACT:
        return place, "whole numbers are exact up to 2^53"
    if isinstance(value, str) and _CONTROLS.search(value):
        return place, "control characters"
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, item in inner:
        if found := inexact(key, place) or inexact(item, child(place, key)):
            return found
    return None
