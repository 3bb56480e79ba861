"""The size of a JSON value from elsewhere, looked at before anything walks it by recursion."""

from __future__ import annotations

DEEPEST = 64
"""Levels of the deepest value: of a schema, and of an answer that a schema is applied to."""


def check_shape(value: object, most: int) -> None:
    """Check that a value is not nested too deeply and has no more than ``most`` values in it.

    Raises:
        ValueError: if it is or has.
    """
    count, level = 0, [value]
    for _ in range(DEEPEST + 1):
        count += len(level)
        if count > most:
            raise ValueError(f"it has more than {most} values")
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError(f"it is nested deeper than {DEEPEST} levels")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
