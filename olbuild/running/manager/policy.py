"""Which models stay in memory when one more is wanted. Pure: state in, decision out.

As Ollama does it (server/sched.go): what nobody uses goes first, and of that what would go soonest by itself; a model
that is in use is waited for. What is taken here is never more than is needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from olbuild.core.records import Frozen


class Memory(Frozen, kw_only=True):
    """Bytes of the memory of the machine, and of that of its graphics processors."""

    host: int = 0
    gpu: int = 0


class Holder(Frozen, kw_only=True):
    """A model that is loaded, or being loaded, or going.

    Attributes:
        key: tells it from the others.
        users: how many requests it has.
        stays: seconds that it would stay without requests; ``None`` is for ever.
        holds: the memory that is free once it has gone.
        going: whether it goes by itself as soon as it has no requests, and gets no new ones.
    """

    key: int
    users: int
    stays: float | None
    holds: Memory
    going: bool = False


class Room(Frozen, kw_only=True):
    """What there is besides: free memory, and how many models may be loaded at once."""

    free: Memory
    most: int


class Go(Frozen):
    """Load it now."""


class Wait(Frozen):
    """Let these go, in use or not, and decide again when something has changed."""

    dismiss: tuple[int, ...] = ()


class Refuse(Frozen):
    """It does not fit, even alone: so much of the memory of the machine would be free for it."""

    available: int


Decision: TypeAlias = Go | Wait | Refuse


def decide(needs: Memory, holders: Sequence[Holder], room: Room) -> Decision:
    """Decide about a model that needs some memory.

    A lack of graphics memory makes others go and is never a reason to refuse: what does not fit there is computed by
    the processor.
    """
    alone = room.free.host + sum(holder.holds.host for holder in holders)
    if needs.host > alone:
        return Refuse(alone)
    if _fits(needs, holders, (), room):
        return Go()
    gone = [holder for holder in holders if holder.going]
    chosen: list[Holder] = []
    for holder in sorted((holder for holder in holders if not holder.going), key=_order):
        if _fits(needs, holders, (*gone, *chosen), room):
            break
        chosen.append(holder)
    for holder in tuple(chosen):  # a large one may have made small ones unnecessary that were chosen before it
        rest = [other for other in chosen if other is not holder]
        if _fits(needs, holders, (*gone, *rest), room):
            chosen = rest
    return Wait(tuple(holder.key for holder in chosen))


def _order(holder: Holder) -> tuple[bool, float, int]:
    return (holder.users > 0, math.inf if holder.stays is None else holder.stays, holder.key)


def _fits(needs: Memory, holders: Sequence[Holder], gone: Iterable[Holder], room: Room) -> bool:
    keys = {holder.key for holder in gone}
    left = [holder for holder in holders if holder.key not in keys]
    freed = [holder.holds for holder in holders if holder.key in keys]
    host = room.free.host + sum(memory.host for memory in freed)
    gpu = room.free.gpu + sum(memory.gpu for memory in freed)
    somebody_has_gpu = any(holder.holds.gpu for holder in left)
    return len(left) < room.most and needs.host <= host and (needs.gpu <= gpu or not somebody_has_gpu)
