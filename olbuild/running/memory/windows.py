"""Which layers look back on a window of tokens only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from olbuild.running.memory.keys import Keys

# Every so many layers one looks back on everything; ``True``: the first of them and not the last (``load_swa_pattern``
# and ``set_swa_pattern`` in the files of src/models).
_PATTERNS: Mapping[str, tuple[int, bool]] = MappingProxyType(
    {
        "afmoe": (4, False),
        "cohere2": (4, False),
        "cohere2moe": (4, True),
        "exaone-moe": (4, False),
        "exaone4": (4, False),
        "gemma-embedding": (6, False),
        "gemma2": (2, False),
        "gemma3": (6, False),
        "gemma3n": (5, False),
        "gpt-oss": (2, False),
        "laguna": (4, True),
        "llama4": (4, False),
        "mellum": (4, False),
        "modern-bert": (3, True),
        "muse-glimmer": (4, False),
        "olmo2": (4, False),
        "plamo3": (8, False),
        "smallthinker": (4, True),
    }
)
_USUAL = MappingProxyType({"gemma2": 4096, "exaone-moe": 128})
_OF_LLAMA_4 = 8192


def windows(keys: Keys, layers: int) -> tuple[int, tuple[bool, ...]]:
    """Return the length of the window, 0 if there is none, and of each layer whether it has it."""
    window = keys.number("attention.sliding_window") or _USUAL.get(keys.architecture, 0)
    if keys.architecture == "llama4":
        window = keys.number("attention.chunk_size") or _OF_LLAMA_4
    said = keys.array("attention.sliding_window_pattern")
    period, first = _PATTERNS.get(keys.architecture, (0, False))
    if said and len(said) >= layers:
        has = tuple(bool(each) for each in said[:layers])
    elif not period:
        has = (False,) * layers
    else:
        period = keys.number("attention.sliding_window_pattern") or period
        has = tuple(number % period != (0 if first else period - 1) for number in range(layers))
    return (window, has) if window and any(has) else (0, (False,) * layers)
