"""A model that was found, and where it goes on a machine that many use at once. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.core.records import Frozen, replace
from olbuild.running.devices.machine import Machine
from olbuild.running.memory import Plan, Shape, Wishes, plan
from olbuild.running.memory.cache import is_quantised
from olbuild.running.memory.contexts import usual_context
from olbuild.running.memory.saving import with_copies
from olbuild.running.options import LoadOptions
from olbuild.running.placement import CacheType, Placement
from olbuild.running.planning import wishes_of

_PARALLEL = (64, 32, 16, 8, 4)
"""How many requests are worked on at once if nobody says it: the first number whose contexts leave most memory free.

Each has a context of its own. Contexts that share one memory are for those who ask for that: llama.cpp looks at every
token of it for each one, which costs a processor half of its speed when many are asked.
"""
FIRST = 4
"""How many of them have room from the start: more come when they are needed."""

_PART = 4  # of the memory that is free, one part in so many is for the cache
_SCORES = 16  # likewise for what attention computes if it is not flash attention


class Found(Frozen, kw_only=True):
    """A model in the store, and what is wanted of it; ``options`` are those of the wish, ``context`` is its default.

    ``prompt_memory`` are bytes for copies of what the cache has no room for; ``None`` is automatic. ``cache`` and
    ``flash_attention`` are as ``Wishes.keeping`` has them, but that ``None`` may become ``plain``.
    """

    bundle: Bundle
    shape: Shape
    options: Mapping[str, ParameterValue]
    parallel: int
    context: int
    prompt_memory: int | None = None
    cache: CacheType = "f16"
    flash_attention: bool | None = None

    def plan(self, machine: Machine) -> Plan:
        """Choose where it goes on a machine."""
        planned = self._planned(machine, flash_attention=self.flash_attention)
        if self.flash_attention is None and self._on_processor(planned.placement):
            plain = self._planned(machine, flash_attention=False)
            alike = replace(plain.placement, flash_attention=None) == planned.placement
            if alike and (plain.needed.host - planned.needed.host) * _SCORES <= (machine.free or 0):
                placements = tuple(replace(one, plain=True) for one in planned.placements)
                planned = replace(plain, placements=placements)
        return with_copies(planned, self.shape, machine, self.prompt_memory)

    def _on_processor(self, placement: Placement) -> bool:
        """Whether llama.cpp's flash attention is slow for many users, and can be left out when there are many.

        On a processor it goes from key to key unless 64 tokens of one sequence are read at once, as a model for
        embeddings reads all of them. Where sequences share one memory it is worth it all the same, because it passes
        over what belongs to others.
        """
        grows = placement.parallel > FIRST and self.shape.causal and not self.shape.pooled
        return grows and not is_quantised(self.cache) and not placement.devices and not placement.shared

    def _planned(self, machine: Machine, *, flash_attention: bool | None) -> Plan:
        free = (machine.free or 0) + sum(gpu.free for gpu in machine.gpus)
        for parallel in (self.parallel,) if self.parallel else _PARALLEL:
            wishes = self._wishes(parallel, machine).keeping(self.cache, flash_attention=flash_attention)
            planned = plan(self.shape, wishes, machine)
            cache = sum(share.cache for share in planned.needed.shares)
            whole = planned.placement.cells >= planned.placement.context * parallel
            if whole and cache * _PART <= free:
                break
        return planned

    def _wishes(self, parallel: int, machine: Machine) -> Wishes:
        wishes = wishes_of(self.bundle, self.options, parallel=parallel)
        context = wishes.context or self.context
        return replace(wishes, context=context, replicate=len(machine.gpus) > 1)

    def automatic(self, machine: Machine) -> dict[str, int]:
        """Return the sizes that are taken where nobody says something."""
        trained = self.shape.trained_context or self.context or usual_context(machine)
        return {
            "num_ctx": min(self.context or usual_context(machine), trained),
            "num_batch": LoadOptions().num_batch,
            "num_thread": machine.cores.threads,
        }
