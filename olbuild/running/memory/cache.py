"""What keys, values and the states of recurrent layers take on each device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

from olbuild.artifact.weights.gguf import TENSOR_TYPES
from olbuild.running.memory.shape import Layer, Shape
from olbuild.running.memory.spread import places
from olbuild.running.placement import CacheType, Placement

PADDING = 256
"""The size of a cache is a multiple of this."""

STATE_BYTES = 4
"""What a number of a state takes."""

_TYPES = MappingProxyType({kind.name.lower(): kind for kind in TENSOR_TYPES.values()})


def padded(tokens: int) -> int:
    """Return the size of a cache for some tokens."""
    return -(-tokens // PADDING) * PADDING


def memories(placement: Placement) -> int:
    """Return how many memories there are for tokens: one for all sequences, or one for each."""
    return 1 if placement.shared else placement.parallel


def cells(shape: Shape, placement: Placement, *, windowed: bool) -> int:
    """Return how many tokens a layer keeps in one memory (``llama_context``, ``llama_kv_cache_iswa``)."""
    whole = padded(padded(placement.cells) // memories(placement))
    if not windowed or placement.full_window:
        return whole
    sequences = placement.parallel if placement.shared else 1
    return padded(min(whole, shape.window * sequences + placement.batch))


def cache(shape: Shape, placement: Placement) -> Mapping[str, int]:
    """Return the bytes that are kept of tokens and sequences, by device."""
    taken: Counter[str] = Counter()
    for device, layer in zip(places(len(shape.layers), placement), shape.layers, strict=False):
        tokens = cells(shape, placement, windowed=layer.windowed) * memories(placement)
        taken[device] += tokens * token_size(layer, placement)
        taken[device] += layer.state * STATE_BYTES * placement.parallel
    return taken


def token_size(layer: Layer, placement: Placement) -> int:
    """Return the bytes of keys and values of a token in a layer."""
    return _size(layer.keys, placement.cache_k) + _size(layer.values, placement.cache_v)


def is_quantised(kind: CacheType) -> bool:
    """Whether numbers are kept in blocks with a common scale."""
    return _TYPES[kind].block > 1


def _size(numbers: int, kind: CacheType) -> int:
    layout = _TYPES[kind]
    return -(-numbers // layout.block) * layout.size
