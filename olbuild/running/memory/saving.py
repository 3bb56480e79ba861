"""How much is kept of what was read when its cells are needed for something else: copies in ordinary memory."""

from __future__ import annotations

from olbuild.core.records import replace
from olbuild.running.devices.machine import Machine
from olbuild.running.memory.cache import STATE_BYTES
from olbuild.running.memory.plan import Plan
from olbuild.running.memory.shape import Shape
from olbuild.running.placement import HOST

_PART = 8  # of the memory that is left
_MOST = 1 << 30


def with_copies(planned: Plan, shape: Shape, machine: Machine, most: int | None) -> Plan:
    """Return a plan with room for copies.

    Args:
        planned: a plan.
        shape: the model. The states of recurrent layers are in each copy, however few tokens it has.
        machine: where it goes.
        most: bytes for the copies; ``None`` is an eighth of the memory that the plan leaves free, at most 1 GiB.
    """
    if most is None:
        left = (machine.free or 0) - planned.needed.on(HOST).total * len(planned.placements)
        most = max(0, min(left // _PART, _MOST))
    each = bytes_per_token(planned)
    if not each:
        return planned
    saved = most // (each * len(planned.placements))
    state = -(-sum(layer.state for layer in shape.layers) * STATE_BYTES // each)
    return replace(planned, placements=tuple(replace(one, saved=saved, state=state) for one in planned.placements))


def bytes_per_token(planned: Plan) -> int:
    """Return what keys and values of a token take, and its part of the states of a sequence with a full context."""
    cache = sum(share.cache for share in planned.prediction.shares)
    return -(-cache // planned.placement.cells)
