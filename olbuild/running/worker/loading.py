"""From a wish to a loaded model: find it in the store, keep it there, plan, load."""

from __future__ import annotations

import contextlib
from pathlib import Path

from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.weights import require_gguf
from olbuild.core.content import Descriptor
from olbuild.core.errors import EngineError, NotFoundError
from olbuild.core.events import Emit, Said
from olbuild.core.records import replace
from olbuild.running.devices.machine import Machine, this_machine
from olbuild.running.frames.messages import Load, Loaded, Prepare, Prepared
from olbuild.running.memory.saving import bytes_per_token
from olbuild.running.planning import shape_of
from olbuild.running.worker.found import FIRST, Found
from olbuild.running.worker.port import Model
from olbuild.storage.store import Store


class BundleLoader:
    """Loads a model of a store, and protects it there for as long as this process lives."""

    def __init__(self) -> None:
        """Begin without a wish."""
        self._leases = contextlib.ExitStack()
        self._found: Found | None = None

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
        from olbuild.running.session.loading import load  # noqa: PLC0415 - the engine, while the manager makes room

        if self._found is None:
            raise EngineError("a model was to be loaded before it was prepared")
        machine = this_machine()
        free = None if machine.free is None else machine.free - wish.reserved
        planned = self._found.plan(replace(machine, free=free))
        for loss in planned.losses:
            emit(Said(text=loss, level="warning"))
        placement = planned.placements[min(wish.replica, len(planned.placements) - 1)]
        growing = placement.growing(FIRST)
        model = load(self._found.bundle, options=self._found.options, placement=growing, emit=emit)
        fixed = {"num_ctx": placement.context, "num_batch": placement.batch, "num_thread": placement.threads}
        automatic = self._found.automatic(machine)
        return model, Loaded(
            facts=model.facts,
            fixed=fixed,
            automatic=automatic,
            parallel=placement.parallel,
            copies=placement.saved * bytes_per_token(planned),
        )

    def _find(self, wish: Prepare) -> Found:
        root = Descriptor.from_json(wish.root, f"the root of {wish.name}")
        store = Store.open(Path(wish.home), create=False)
        lease = self._leases.enter_context(store.lease(f"serve {wish.name}"))
        lease.protect([root.digest])
        if not store.complete(root):
            raise NotFoundError(f"{wish.name} is not in the local store any more", hint="pull or build it again")
        bundle = read_bundle(root, store.fetch)
        require_gguf(bundle, wish.name)
        return Found(
            bundle=bundle,
            shape=shape_of(bundle, wish.name),
            options=wish.options,
            parallel=wish.parallel,
            context=wish.context,
            prompt_memory=wish.prompt_memory,
            cache=wish.cache,
            flash_attention=wish.flash_attention,
        )


def _emptied(machine: Machine) -> Machine:
    """Return a machine as it would be if nobody used its memory."""
    return replace(
        machine,
        free=machine.memory,
        devices=tuple(replace(device, free=device.total or device.free) for device in machine.devices),
    )
