"""What a step needs besides weights and cache, on each device.

llama.cpp reserves it for the largest step that there can be. The terms below are the tensors that live at the peaks of
its graph, found by comparing with what it reports for models of many shapes (tests/integration/engine/test_memory.py):
for matrices of h = width, f = forward network, q, k, v = attention, each times the tokens of a step and 4 bytes,

- the feed-forward network holds 4 h + 3 f, or 3 h + f without a gate, and of experts up to two results for each that
  works, 2 h + q and those;
- flash attention holds 3 h + q and the larger of q and 3 k;
- attention without it holds 3 h + 2 q + k + v and a number for each head, token and cell;
- a recurrent layer holds h and what it mixes, and the state of each sequence;
- the output holds 2 h and a number for each token of the vocabulary and each output.

The mask of attention, a number for each token and cell, lives from the first layer to the last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from olbuild.running.memory.cache import cells
from olbuild.running.memory.shape import Layer, Shape
from olbuild.running.memory.spread import places
from olbuild.running.placement import HOST, Placement

_FLOAT, _HALF = 4, 2
_COPIES = 4  # GGML_SCHED_MAX_COPIES: with several devices, steps overlap, and what passes between them is kept so often


def compute(shape: Shape, placement: Placement) -> Mapping[str, int]:
    """Return the bytes that are reserved for a step, by device."""
    where = places(len(shape.layers), placement)
    on: dict[str, list[Layer]] = {}
    for device, layer in zip(where, shape.layers, strict=False):
        on.setdefault(device, []).append(layer)
    taken: Counter[str] = Counter()
    for device in {*where, *placement.devices}:
        layers = on.get(device, [])
        peaks = [_layer(shape, placement, layer) for layer in layers]
        if where[-1] == device:
            peaks.append(_output(shape, placement))
        taken[device] = max(peaks, default=0)
    if placement.devices:
        passed = _row(placement, shape.width) + sum(_masks(shape, placement, shape.layers))
        taken[HOST] = max(taken[HOST], passed)  # what goes in
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


def _layer(shape: Shape, placement: Placement, layer: Layer) -> int:
    """Return the peak within a layer."""
    row, width = _row, shape.width
    masks = sum(_masks(shape, placement, shape.layers))
    peaks = [masks + row(placement, 4 * width + 3 * layer.forward if layer.gated else 3 * width + layer.forward)]
    if layer.experts:
        peaks.append(masks + row(placement, 2 * width + layer.queries + 2 * layer.experts * width))
    if layer.heads and _flash(placement):
        peaks.append(masks + row(placement, 3 * width + layer.queries + max(layer.queries, 3 * layer.keys)))
    elif layer.heads:
        scores = layer.heads * _seen(shape, placement, layer)
        peaks.append(masks + row(placement, 3 * width + 2 * layer.queries + layer.keys + layer.values + scores))
    if layer.mixed:
        peaks.append(masks + row(placement, width + layer.mixed) + layer.state * _FLOAT * placement.parallel)
    return max(peaks)


def _masks(shape: Shape, placement: Placement, layers: Sequence[Layer]) -> list[int]:
    """Return the bytes of each mask: one for layers that look back on everything, one for those that do not."""
    size = _HALF if _flash(placement) else _FLOAT
    tokens = min(placement.batch, placement.cells)
    kinds = {layer.windowed for layer in layers if layer.heads}
    return [
        tokens * (cells(shape, placement, windowed=windowed) if shape.causal else tokens) * size for windowed in kinds
    ]


def _seen(shape: Shape, placement: Placement, layer: Layer) -> int:
    """Return how many tokens one looks back on."""
    if not shape.causal:
        return min(placement.batch, placement.cells)
    return cells(shape, placement, windowed=layer.windowed)


def _flash(placement: Placement) -> bool:
    """Whether flash attention is used; left to llama.cpp, it is wherever the device can."""
    return placement.flash_attention is not False
