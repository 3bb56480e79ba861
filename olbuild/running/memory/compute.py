"""What a step needs besides weights and cache, on each device.

llama.cpp reserves it for the largest step that there can be. The terms below are the tensors that live at the peaks of
its graph, found by comparing with what it reports for models of many shapes (tests/integration/engine/test_memory.py,
tests/unit/running/memory/test_graphics.py):
for matrices of h = width, f = forward network, q, k, v = attention, each times the tokens of a step and 4 bytes,

- the feed-forward network holds 4 h + 3 f, on a graphics processor 3 h + 3 f, or 3 h + f without a gate, and of experts
  up to two results for each that works, 2 h + q and those, on a graphics processor 3 h + q and those;
- flash attention holds 3 h + q and the larger of q and 3 k;
- attention without it holds 3 h + 2 q + k + v and a number for each head, token and cell;
- a recurrent layer holds h and what it mixes, and the state of each sequence;
- the output holds 2 h and a number for each token of the vocabulary and each output.

The mask of attention, a number for each token and cell, lives from the first layer to the last; so does, without flash
attention, the place of each value in the cache.

With a graphics processor, the processor hands on two matrices of h and those inputs. Steps of 32 tokens and more are
computed there even in layers that have no room there (``op_offload``): it then gets copies of what it needs of the
layer, one tensor after the other, or keys and values.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from olbuild.running.memory.cache import cells, token_size
from olbuild.running.memory.shape import Layer, Shape
from olbuild.running.memory.spread import places
from olbuild.running.placement import HOST, Placement

_FLOAT, _HALF, _INDEX = 4, 2, 8
_LENT = 32  # GGML_OP_OFFLOAD_MIN_BATCH
_COPIES = 4  # GGML_SCHED_MAX_COPIES: with several devices, steps overlap, and what passes between them is kept so often


def compute(shape: Shape, placement: Placement) -> Mapping[str, int]:
    """Return the bytes that are reserved for a step, by device."""
    where = places(len(shape.layers), placement)
    inputs, tokens = _inputs(shape, placement), min(placement.batch, placement.cells)
    helper = placement.devices[0] if placement.devices and tokens >= _LENT else HOST
    peaks: dict[str, list[int]] = {device: [0] for device in {*where, *placement.devices, HOST}}
    for device, layer in zip(where, shape.layers, strict=False):
        on = helper if device == HOST else device
        peaks[on].append(inputs + _layer(shape, placement, layer, graphics=on != HOST, lent=on != device))
        if on != device and layer.mixed:  # states stay where they are, and half of what is mixed goes there
            peaks[HOST].append(inputs + _row(placement, 2 * shape.width + layer.mixed // 2))
    peaks[where[-1]].append(_output(shape, placement))
    taken = Counter({device: max(each) for device, each in peaks.items()})
    if placement.devices:
        passed = inputs + 2 * _row(placement, shape.width)
        taken[HOST] = max(taken[HOST], passed)
        if len(placement.devices) > 1 and where[0] != HOST:
            for device in placement.devices:
                taken[device] += (_COPIES - 1) * passed
    taken[HOST] += placement.parallel * shape.vocabulary * _FLOAT  # where results are left for the caller
    return taken


def _row(placement: Placement, numbers: int) -> int:
    """Return the bytes of a matrix with some numbers for each token of a step."""
    return min(placement.batch, placement.cells) * numbers * _FLOAT


def _output(shape: Shape, placement: Placement) -> int:
    logits = min(placement.outputs, placement.batch) * shape.vocabulary * _FLOAT if shape.causal else 0
    return logits + 2 * _row(placement, shape.width)


def _layer(shape: Shape, placement: Placement, layer: Layer, *, graphics: bool, lent: bool) -> int:
    """Return the peak within a layer, with what of it is copied if it is ``lent`` to a graphics processor."""
    row, width = _row, shape.width
    copied = max((piece.tensor.size for piece in layer.pieces), default=0) if lent else 0
    gated = (3 if graphics else 4) * width + 3 * layer.forward
    peaks = [copied + row(placement, gated if layer.gated else 3 * width + layer.forward)]
    if layer.experts:
        results = 2 * layer.experts * width
        peaks.append(copied + row(placement, (3 if graphics else 2) * width + layer.queries + results))
    if layer.heads:
        seen = _seen(shape, placement, layer)
        looked_at = token_size(layer, placement) * seen if lent and shape.causal else 0
        numbers = (
            3 * width + layer.queries + max(layer.queries, 3 * layer.keys)
            if _flash(placement)
            else 3 * width + 2 * layer.queries + layer.keys + layer.values + layer.heads * seen
        )
        peaks.append(looked_at + row(placement, numbers))
    if layer.mixed:
        mixing = row(placement, width + layer.mixed) + layer.state * _FLOAT * placement.parallel
        peaks.append(copied + mixing)
    return max(peaks)


def _inputs(shape: Shape, placement: Placement) -> int:
    """Return the bytes of masks, and of places of values: for layers that look back on all, and for those that do not.

    Without flash attention values are kept in columns, and each number of a token has a place of its own.
    """
    size = _HALF if _flash(placement) else _FLOAT
    tokens = min(placement.batch, placement.cells)
    values = max((layer.values for layer in shape.layers), default=0)
    each = 0 if _flash(placement) or not shape.causal else values * _INDEX
    kinds = {layer.windowed for layer in shape.layers if layer.heads}
    return sum(
        tokens * ((cells(shape, placement, windowed=windowed) if shape.causal else tokens) * size + each)
        for windowed in kinds
    )


def _seen(shape: Shape, placement: Placement, layer: Layer) -> int:
    """Return how many tokens one looks back on."""
    if not shape.causal:
        return min(placement.batch, placement.cells)
    return cells(shape, placement, windowed=layer.windowed)


def _flash(placement: Placement) -> bool:
    """Whether flash attention is used; left to llama.cpp, it is wherever the device can."""
    return placement.flash_attention is not False
