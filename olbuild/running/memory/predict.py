"""What a model takes, device by device, if it is placed in some way."""

from __future__ import annotations

from olbuild.running.memory.cache import cache
from olbuild.running.memory.compute import compute
from olbuild.running.memory.shape import Shape
from olbuild.running.memory.weights import weights
from olbuild.running.placement import HOST, Placement, Share, Usage

_NO_FEATURES: frozenset[str] = frozenset()


def predict(shape: Shape, placement: Placement, features: frozenset[str] = _NO_FEATURES) -> Usage:
    """Return what llama.cpp will report, within some percent.

    Args:
        shape: the model.
        placement: how it is loaded.
        features: the abilities of the processor, in ggml's words (``Machine.features``).
    """
    tensors, kept, steps = weights(shape, placement, features), cache(shape, placement), compute(shape, placement)
    return Usage(
        shares=tuple(
            Share(
                device=device,
                weights=tensors.get(device, 0),
                cache=kept.get(device, 0),
                compute=steps.get(device, 0),
            )
            for device in (*placement.devices, HOST)
        )
    )
