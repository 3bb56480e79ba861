"""Which device each layer goes to (``llama_model_base::load_tensors``)."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from olbuild.running.placement import HOST, Placement


def places(layers: int, placement: Placement) -> tuple[str, ...]:
    """Return the device of each layer, and as the last one that of the output."""
    devices = placement.devices
    offloaded = min(placement.gpu_layers, layers + 1) if devices else 0
    first = layers + 1 - offloaded
    parts = placement.tensor_split or (1.0,) * len(devices)
    total = sum(parts) or 1.0
    borders = [part / total for part in accumulate(parts)]
    on_devices = [
        devices[min(bisect_right(borders, number / offloaded), len(devices) - 1)] for number in range(offloaded)
    ]
    return (*[HOST] * first, *on_devices)
