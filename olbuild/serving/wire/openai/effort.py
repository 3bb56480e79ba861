"""How much to think, in the OpenAI API's words (and Ollama's, openai/openai.go)."""

from __future__ import annotations

from olbuild.core.errors import UsageError

_EFFORTS: dict[str, bool | str] = {
    "none": False,
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "max",
    "ultra": "max",
    "max": "max",
}


def think(effort: str | None) -> bool | str | None:
    """Return how much to think; ``None`` leaves it to the model.

    Raises:
        UsageError: if there is no such word.
    """
    if effort is None:
        return None
    if effort not in _EFFORTS:
        *words, last = (f'"{word}"' for word in _EFFORTS)
        raise UsageError(f'invalid reasoning value: "{effort}" (must be {", ".join(words)}, or {last})')
    return _EFFORTS[effort]
