"""Why a plan is as it is, and why there is none, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olbuild.core.errors import ResourceError
from olbuild.running.memory.contexts import Request
from olbuild.running.memory.room import Room, shares_memory
from olbuild.running.placement import HOST, Placement

_GIB = 1 << 30


def losses(room: Room, wanted: Request, placements: Sequence[Placement]) -> Iterator[str]:
    """Yield what is less than was wished, for want of memory."""
    chosen, parallel = placements[0], room.wishes.parallel
    if chosen.context < wanted.context:
        yield f"the context is {chosen.context:,} tokens: {wanted.context:,} do not fit into memory"
    if chosen.cells < chosen.context * parallel and room.shape.causal:
        yield f"{parallel} requests at once share {chosen.cells:,} tokens: as many for each do not fit into memory"
    yield from _devices(room, placements)


def became(room: Room, wanted: Request, placements: Sequence[Placement]) -> Iterator[str]:
    """Yield what automatic became."""
    chosen, trained = placements[0], room.shape.trained_context
    if len(placements) > 1:
        yield f"one whole model on each of {', '.join(placement.devices[0] for placement in placements)}"
    if chosen.context < wanted.context:
        return
    if room.wishes.context > trained > 0:
        yield f"the context is {trained:,} tokens: the model was trained with no more than that"
    elif room.wishes.context <= 0:
        gpus = sum(gpu.total for gpu in room.machine.gpus)
        where = f"with {gpus / _GIB:.0f} GiB on graphics processors" if gpus else "without a graphics processor"
        least = "all that the model was trained with" if chosen.context == trained else f"the usual one {where}"
        yield f"the context is {chosen.context:,} tokens: {least}"


def _devices(room: Room, placements: Sequence[Placement]) -> Iterator[str]:
    chosen, gpus = placements[0], room.machine.gpus
    layers = len(room.shape.layers) + 1
    if len(placements) > 1:
        return
    if not chosen.devices:
        if gpus and room.wishes.gpu_layers != 0:
            yield "all layers stay with the processor: no graphics processor has room"
    elif chosen.gpu_layers < layers and room.wishes.gpu_layers < 0:
        where = " and ".join(chosen.devices)
        yield f"{chosen.gpu_layers} of {layers} layers go to {where}, which have no room for more"
    elif len(chosen.devices) > 1 and not room.wishes.spread:
        yield f"the layers are spread over {' and '.join(chosen.devices)}: none has room for all of them"
    if room.wishes.replicate and len(placements) == 1:
        yield "there is one model only: it fits fewer than two graphics processors"


def too_large(room: Room, smallest: Placement) -> ResourceError:
    """Return the error for a model that fits in no way that was tried; ``smallest`` is the last that was."""
    needs = room.needs(smallest)
    lines = [
        f"{needs.on(gpu.name).total / _GIB:.1f} GiB on {gpu.name}, which has room for {room.on(gpu) / _GIB:.1f}"
        for gpu in room.machine.gpus
        if gpu.name in smallest.devices
    ]
    shared = sum(needs.on(gpu.name).total for gpu in room.machine.gpus if shares_memory(gpu))
    host = (needs.on(HOST).total + shared) / _GIB
    free = "" if room.host is None else f", which has room for {room.host / _GIB:.1f}"
    lines.append(f"{host:.1f} GiB in the memory of the machine{free}")
    hints = ["a smaller or more strongly quantised model"]
    if room.shape.causal and room.wishes.context > 0:
        hints.insert(0, f"a num_ctx below {room.wishes.context}")
    if room.wishes.gpu_layers > 0:
        hints.insert(0, "a smaller num_gpu")
    if room.shape.causal and room.wishes.cache_k == "f16":
        hints.append("a quantised cache (q8_0)")
    return ResourceError(
        f"the model does not fit into memory: with a context of {smallest.context:,} tokens it takes"
        f" {' and '.join(lines)}",
        hint=f"use {', or '.join(hints)}",
    )
