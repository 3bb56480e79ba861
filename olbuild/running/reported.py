"""What a loaded model takes, as llama.cpp reports it while it loads: the truth that a prediction is measured by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from olbuild.llama.buffers import Buffer
from olbuild.running.placement import HOST, Share, Usage

_OF_A_DEVICE = re.compile(r"^(?!CPU|AMX|BLAS)([A-Za-z]+\d+(?:\[[^\]]*\])?)")  # CUDA0, MTL0_Mapped, RPC0[host:port]


def reported(buffers: Iterable[Buffer]) -> Usage:
    """Add buffers up, by device; those that are named for no device are in the memory of the machine.

    Those of adapters count as weights.
    """
    shares: dict[str, Share] = {HOST: Share(device=HOST)}
    for buffer in buffers:
        found = _OF_A_DEVICE.match(buffer.place)
        device = found[1] if found else HOST
        share = shares.get(device, Share(device=device))
        match buffer.purpose:
            case "model" | "LoRA":
                added = Share(device=device, weights=buffer.size)
            case "KV" | "RS" | "state":
                added = Share(device=device, cache=buffer.size)
            case "compute" | "output":
                added = Share(device=device, compute=buffer.size)
        shares[device] = Share(
            device=device,
            weights=share.weights + added.weights,
            cache=share.cache + added.cache,
            compute=share.compute + added.compute,
        )
    host = shares.pop(HOST)
    return Usage(shares=(*shares.values(), host))
