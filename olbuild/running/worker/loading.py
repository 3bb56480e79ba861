"""From a wish to a loaded model: find it in the store, keep it there, plan, load."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path

from olbuild.artifact.bundle import Bundle, ParameterValue
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights import require_gguf
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import Descriptor
from olbuild.core.errors import EngineError, NotFoundError
from olbuild.core.events import Emit
from olbuild.running.devices.machine import Machine, this_machine
from olbuild.running.frames.messages import Load, Loaded, Prepare, Prepared
from olbuild.running.memory import Plan, Shape, Wishes, plan, read_shape
from olbuild.running.memory.contexts import usual_context
from olbuild.running.options import LoadOptions, read_options
from olbuild.running.placement import Placement
from olbuild.running.worker.port import Model
from olbuild.storage.store import Store

_CONTEXTS, _SEQUENCES = 4, 64
"""What is kept if nobody says how many requests there are at once: whole contexts, and sequences that share them.

A sequence costs next to nothing unless it has a state of its own, and the scheduler lets in what there are cells for:
many short requests, or some long ones.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A model in the store, and what is wanted of it."""

    bundle: Bundle
    shape: Shape
    options: dict[str, ParameterValue]
    parallel: int
    context: int

    def plan(self, machine: Machine) -> Plan:
        """Choose where it goes on a machine."""
        wanted = read_options(LoadOptions, {**self.bundle.parameters, **self.options})
        if wanted.num_ctx <= 0:
            wanted = replace(wanted, num_ctx=self.context)
        others = (*self.bundle.adapters, *self.bundle.projectors, *self.bundle.drafts)
        wishes = Wishes.of(wanted, parallel=self.parallel or _CONTEXTS, besides=sum(blob.size for blob in others))
        return plan(self.shape, replace(wishes, replicate=len(machine.gpus) > 1), machine)

    def automatic(self, machine: Machine) -> dict[str, int]:
        """Return the sizes that are taken where nobody says something."""
        trained = self.shape.trained_context or self.context or usual_context(machine)
        return {"num_ctx": min(self.context or usual_context(machine), trained), "num_batch": LoadOptions().num_batch}

    def sequences(self, placement: Placement) -> Placement:
        """Let short requests share the contexts of long ones, unless somebody said how many there are at once."""
        if self.parallel or not self.shape.causal or any(layer.state for layer in self.shape.layers):
            return placement
        outputs = placement.outputs // max(1, placement.parallel) * _SEQUENCES
        return replace(placement, parallel=_SEQUENCES, outputs=min(max(placement.outputs, outputs), placement.batch))


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
        placement = self._found.sequences(planned.placements[min(wish.replica, len(planned.placements) - 1)])
        model = load(self._found.bundle, options=self._found.options, placement=placement, emit=emit)
        fixed = {"num_ctx": placement.context, "num_batch": placement.batch, "num_thread": placement.threads}
        automatic = {**self._found.automatic(machine), "num_thread": machine.cores.threads}
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
        shape = read_shape([read_header(blob.content, f"the weights of {wish.name}") for blob in bundle.weights])
        return _Found(
            bundle=bundle, shape=shape, options=dict(wish.options), parallel=wish.parallel, context=wish.context
        )


def _emptied(machine: Machine) -> Machine:
    """Return a machine as it would be if nobody used its memory."""
    return replace(
        machine,
        free=machine.memory,
        devices=tuple(replace(device, free=device.total or device.free) for device in machine.devices),
    )
