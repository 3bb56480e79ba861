"""Which contexts to try, the largest first."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.records import Frozen
from olbuild.running.devices.machine import Machine
from olbuild.running.memory.shape import Shape
from olbuild.running.memory.wishes import Wishes
from olbuild.running.options import GUESSED_AT_ONCE

USUAL = 4096
"""The automatic context where there is no large graphics processor: Ollama's."""

_GIB = 1 << 30
_TIERS = ((47 * _GIB, 262_144), (23 * _GIB, 32_768), (0, USUAL))  # memory of all graphics processors -> context
_SMALLER = (2048, 1024, 512)
_LEAST = 4
_FEWEST_OUTPUTS = 16  # so that a request can ask for guesses that nobody wished for


class Request(Frozen, kw_only=True):
    """A size to try.

    Attributes:
        context: most tokens of one request.
        cells: tokens that are kept for all requests together.
        batch: most tokens of one step.
        outputs: most tokens of one step after which the next one is wanted.
    """

    context: int
    cells: int
    batch: int
    outputs: int


def requests(shape: Shape, wishes: Wishes, machine: Machine) -> Iterator[Request]:
    """Yield what to try: a smaller context only if it is automatic, and before that fewer tokens for all together."""
    for context in _contexts(shape, wishes, machine):
        if not shape.causal:  # nothing is kept, and a text is read in one step
            batch = max(wishes.batch, context)
            yield Request(context=context, cells=batch, batch=batch, outputs=batch)
            continue
        parts, sequences = wishes.parallel, shape.sequences(wishes.parallel, wishes.sequences)
        while parts:
            cells = context * parts
            batch = min(wishes.batch, cells)
            wanted = max(sequences + min(sequences, GUESSED_AT_ONCE) * wishes.guesses, _FEWEST_OUTPUTS)
            outputs = batch if shape.pooled else min(batch, wanted)
            yield Request(context=context, cells=cells, batch=batch, outputs=outputs)
            parts //= 2


def usual_context(machine: Machine) -> int:
    """Return the automatic context of a machine, by the memory of its graphics processors."""
    memory = sum(gpu.total for gpu in machine.gpus)
    return next(context for least, context in _TIERS if memory >= least)


def _contexts(shape: Shape, wishes: Wishes, machine: Machine) -> Iterator[int]:
    trained = shape.trained_context or max(wishes.context, usual_context(machine))
    if wishes.context > 0:
        yield max(_LEAST, min(wishes.context, trained))
        return
    before = 0
    for tier in (*(context for _, context in _TIERS), *_SMALLER):
        context = min(tier, trained)
        if tier <= usual_context(machine) and context != before:
            yield context
        before = context if tier <= usual_context(machine) else 0
