"""The one thing that llguidance 1.9.1 takes and does not enforce, as far as tests found.

It lets ``2`` pass for what must be greater than 2 and at most 2.5: an exclusive whole bound counts as an inclusive one
if the other bound is less than 1 away. Pure.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, TypeGuard

_JOINING = ("anyOf", "oneOf", "$ref")
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


def leaking_bound(schemas: Iterable[tuple[str, dict[str, Any]]]) -> tuple[str, str] | None:
    """Return the place of a schema and its exclusive bound that would not be enforced, if there is one.

    Bounds of different schemas meet only where something joins schemas; where anything does, all are compared.
    """
    found = [(place, schema) for place, schema in schemas if schema.keys() & (_BOUNDS | {"allOf", *_JOINING})]
    together = any(_joins(schema) for _, schema in found)
    least, most = (_bounds([schema for _, schema in found], end) for end in ("inimum", "aximum"))
    for place, schema in found:
        if not together:
            least, most = _bounds([schema], "inimum"), _bounds([schema], "aximum")
        low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        if _whole(low) and _any_between(most, low, low + 1):
            return place, "exclusiveMinimum"
        if _whole(high) and _any_between(least, high - 1, high):
            return place, "exclusiveMaximum"
    return None


def _joins(schema: dict[str, Any]) -> bool:
    joining = sum(name in schema for name in _JOINING)
    return "allOf" in schema or joining > 1 or (joining == 1 and bool(schema.keys() & _BOUNDS))


def _bounds(schemas: Sequence[dict[str, Any]], end: str) -> list[float]:
    values = [schema.get(name) for schema in schemas for name in (f"m{end}", f"exclusiveM{end}")]
    return sorted(value for value in values if isinstance(value, int | float) and math.isfinite(value))


def _whole(value: Any) -> TypeGuard[float]:  # noqa: ANN401 - any JSON
    return isinstance(value, int | float) and float(value).is_integer()


def _any_between(values: Sequence[float], low: float, high: float) -> bool:
    at = bisect_right(values, low)
    return at < len(values) and values[at] < high
