"""How long a model stays loaded, as Ollama's clients say it."""

from __future__ import annotations

import math

from olbuild.core.errors import UsageError
from olbuild.serving.wire.times import read_duration

FOR_EVER = -1.0
"""What every negative time means."""


def read_keep_alive(value: object) -> float | None:
    """Return the seconds that ``keep_alive`` says: a number of them, or text such as ``10m``; negative is for ever.

    Raises:
        UsageError: if it is neither.
    """
    match value:
        case None:
            return None
        case bool() | list() | dict():
            names = {bool: "bool", list: "[]interface {}", dict: "map[string]interface {}"}
            raise UsageError(f"Unsupported type: '{names[type(value)]}'")
        case int() | float():
            return _bounded(float(value))
        case str():
            return _bounded(read_duration(value))
        case _:  # pragma: no cover - JSON has no other values
            return None


def read_setting(text: str) -> float | None:
    """Return what ``OLLAMA_KEEP_ALIVE`` says: a duration, or a number of seconds; ``None`` if it is neither."""
    try:
        return _bounded(float(text))
    except ValueError:
        pass
    try:
        return _bounded(read_duration(text))
    except UsageError:
        return None


def _bounded(seconds: float) -> float:
    if seconds < 0 or not math.isfinite(seconds):
        return FOR_EVER
    return seconds
