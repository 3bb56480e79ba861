"""Whole numbers that say no bounds get those within which readers of JSON are exact (RFC 8259, section 6). Pure.

A small model goes on with digits for ever otherwise; llama.cpp ends them after 16.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

_LARGEST = (1 << 53) - 1
_SAYING = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "enum", "const"})


def bound_integers(schemas: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Give bounds to schemas of whole numbers without any, in place."""
    for _, schema in schemas:
        types = schema.get("type")
        types = types if isinstance(types, list) else [types]
        if "integer" in types and "number" not in types and schema.keys().isdisjoint(_SAYING):
            schema.update(minimum=-_LARGEST, maximum=_LARGEST)
