"""From a wish to a loaded model: find it in the store, keep it there, plan, load."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights import require_gguf
from olbuild.core.content import Descriptor
from olbuild.core.errors import EngineError, NotFoundError
from olbuild.core.events import Emit, Said
from olbuild.running.devices.machine import Machine, this_machine
from olbuild.running.frames.messages import Load, Loaded, Prepare, Prepared
from olbuild.running.memory import Plan, Shape, Wishes, plan
from olbuild.running.memory.contexts import usual_context
from olbuild.running.options import LoadOptions
from olbuild.running.planning import shape_of, wishes_of
from olbuild.running.worker.port import Model
from olbuild.storage.store import Store

_PARALLEL = (16, 8, 4)
"""How many requests are worked on at once if nobody says it: the first number whose contexts leave most memory free.

Each has a context of its own. Contexts that share one memory are for those who ask for that: llama.cpp looks at every
token of it for each one, which costs a processor half of its speed when many are asked.
"""
_PART = 4  # one part in so many of the memory that is free


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A model in the store, and what is wanted of it; ``options`` are those of the wish, ``context`` is its default."""

    bundle: Bundle
    shape: Shape
    options: Mapping[str, ParameterValue]
    parallel: int
    context: int

    def plan(self, machine: Machine) -> Plan:
        """Choose where it goes on a machine."""
        free = (machine.free or 0) + sum(gpu.free for gpu in machine.gpus)
        for parallel in (self.parallel,) if self.parallel else _PARALLEL:
            planned = plan(self.shape, self._wishes(parallel, machine), machine)
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


class BundleLoader:
    """Loads a model of a store, and protects it there for as long as this process lives."""

    def __init__(self) -> None:
        """Begin without a wish."""
        self._leases = contextlib.ExitStack()
        self._found: _Found | None = None

    def prepare(self, wish: Prepare) -> Prepared:
        """Find the model, and say what it would take if all memory were free.

        Raises:
            NotFoundError: if it is not in the store.
            UsageError: if a parameter is impossible.
            ResourceError: if this machine is too small.
            EngineError, FormatError: if it cannot be used.
        """
        if self._found is None:
            self._found = self._find(wish)
        machine = this_machine()
        wanted = self._found.plan(_emptied(machine))
        return Prepared(
            host=wanted.needed.host,
            gpu=wanted.needed.gpu,
            gpu_free=sum(gpu.free for gpu in machine.gpus),
            parameters=dict(self._found.bundle.parameters),
            replicas=len(wanted.placements),
        )

    def load(self, wish: Load, emit: Emit) -> tuple[Model, Loaded]:
        """Load it into what is free now.

        Raises:
            OlbuildError: as ``prepare`` and ``session.load``.
        """
        from olbuild.running.session import load  # noqa: PLC0415 - the engine, while the manager makes room

        if self._found is None:
            raise EngineError("a model was to be loaded before it was prepared")
        machine = this_machine()
        free = None if machine.free is None else machine.free - wish.reserved
        planned = self._found.plan(replace(machine, free=free))
        for loss in planned.losses:
            emit(Said(text=loss, level="warning"))
        placement = planned.placements[min(wish.replica, len(planned.placements) - 1)]
        model = load(self._found.bundle, options=self._found.options, placement=placement, emit=emit)
        fixed = {"num_ctx": placement.context, "num_batch": placement.batch, "num_thread": placement.threads}
        automatic = self._found.automatic(machine)
        return model, Loaded(facts=model.facts, fixed=fixed, automatic=automatic, parallel=placement.parallel)

    def _find(self, wish: Prepare) -> _Found:
        root = Descriptor.from_json(wish.root, f"the root of {wish.name}")
        store = Store.open(Path(wish.home), create=False)
        lease = self._leases.enter_context(store.lease(f"serve {wish.name}"))
        lease.protect([root.digest])
        if not store.complete(root):
            raise NotFoundError(f"{wish.name} is not in the local store any more", hint="pull or build it again")
        bundle = read_bundle(root, store.fetch)
        require_gguf(bundle, wish.name)
        return _Found(
            bundle=bundle,
            shape=shape_of(bundle, wish.name),
            options=wish.options,
            parallel=wish.parallel,
            context=wish.context,
        )


def _emptied(machine: Machine) -> Machine:
    """Return a machine as it would be if nobody used its memory."""
    return replace(
        machine,
        free=machine.memory,
        devices=tuple(replace(device, free=device.total or device.free) for device in machine.devices),
    )
