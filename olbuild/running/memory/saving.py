"""How much is kept of what was read when its cells are needed for something else: copies in ordinary memory."""

from __future__ import annotations

from dataclasses import replace

from olbuild.running.devices.machine import Machine
from olbuild.running.memory.plan import Plan
from olbuild.running.memory.shape import Shape
from olbuild.running.placement import HOST

_PART = 8  # of the memory that is left
_MOST = 1 << 30


def with_copies(planned: Plan, shape: Shape, machine: Machine, most: int | None) -> Plan:
    """Return a plan with room for copies.

    Args:
        planned: a plan.
        shape: the model. What has states cannot go on with a part of what it has read, and gets no copies.
        machine: where it goes.
        most: bytes for the copies; ``None`` is an eighth of the memory that the plan leaves free, at most 1 GiB.
    """
    if most is None:
        left = (machine.free or 0) - planned.needed.on(HOST).total * len(planned.placements)
        most = max(0, min(left // _PART, _MOST))
    each = bytes_per_token(planned)
    if not each or any(layer.state for layer in shape.layers):
        return planned
    saved = most // (each * len(planned.placements))
    return replace(planned, placements=tuple(replace(one, saved=saved) for one in planned.placements))


def bytes_per_token(planned: Plan) -> int:
    """Return what keys and values of a token take."""
    cache = sum(share.cache for share in planned.prediction.shares)
    return -(-cache // planned.placement.cells)
