"""How much memory there is for a model on each device, and whether a placement fits."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from olbuild.core.records import Frozen, replace
from olbuild.llama.backends import BackendDevice
from olbuild.running.devices.machine import Machine
from olbuild.running.memory.contexts import Request
from olbuild.running.memory.predict import predict
from olbuild.running.memory.shape import Shape
from olbuild.running.memory.wishes import Wishes
from olbuild.running.placement import HOST, Placement, Usage

_MIB = 1 << 20
_UNCERTAIN = 1.05  # the prediction is this exact, or better
_TAKEN = MappingProxyType({"CUDA": 700 * _MIB, "ROCm": 700 * _MIB, "MTL": 128 * _MIB})
"""What a backend takes before a model comes: a context of CUDA on an H200 took 650 MiB."""
_USUALLY_TAKEN = 384 * _MIB
_KEPT_FREE = 256 * _MIB  # of the machine's memory: the interpreter, and what others need meanwhile


class Room(Frozen, kw_only=True):
    """A model, what is wanted of it, and the machine that it goes to."""

    shape: Shape
    wishes: Wishes
    machine: Machine

    def on(self, device: BackendDevice) -> int:
        """Return the bytes for models on a graphics processor."""
        return max(0, device.free - _TAKEN.get(device.backend, _USUALLY_TAKEN))

    @property
    def host(self) -> int | None:
        """Return the bytes for models in the memory of the machine; ``None`` if nobody knows."""
        return None if self.machine.free is None else max(0, self.machine.free - _KEPT_FREE)

    def place(self, request: Request, devices: Sequence[BackendDevice], layers: int) -> Placement:
        """Return the placement with so many layers on some devices; each gets a part by its room."""
        wishes = self.wishes
        used = tuple(devices) if layers > 0 else ()
        return Placement(
            context=request.context,
            parallel=self.shape.sequences(wishes.parallel, wishes.sequences),
            cells=request.cells,
            batch=request.batch,
            outputs=request.outputs,
            cache_k=wishes.cache_k,
            cache_v=wishes.cache_v,
            flash_attention=wishes.flash_attention,
            full_window=wishes.full_window,
            gpu_layers=layers if used else 0,
            devices=tuple(device.name for device in used),
            split="layer" if len(used) > 1 else "none",
            tensor_split=self._parts(used) if len(used) > 1 else (),
            threads=wishes.threads if wishes.threads > 0 else self.machine.cores.threads,
            mmap=wishes.mmap,
        )

    def _parts(self, devices: Sequence[BackendDevice]) -> tuple[float, ...]:
        total = sum(map(self.on, devices)) or 1
        return tuple(round(self.on(device) / total, 4) for device in devices)

    def needs(self, placement: Placement) -> Usage:
        """Return what a placement must have: pages that are mapped and not used can go."""
        usage = predict(self.shape, replace(placement, mmap=False), self.machine.features)
        first = placement.devices[0] if placement.devices else HOST
        return Usage(
            shares=tuple(
                replace(share, compute=share.compute + (self.wishes.besides if share.device == first else 0))
                for share in usage.shares
            )
        )

    def fits(self, placement: Placement) -> bool:
        """Whether there is room for a placement."""
        needs, gpus = self.needs(placement), self._gpus
        shared = sum(needs.on(name).total for name in placement.devices if shares_memory(gpus[name]))
        if self.host is not None and (needs.on(HOST).total + shared) * _UNCERTAIN > self.host:
            return False
        return self.fits_on(placement)

    def fits_on(self, placement: Placement) -> bool:
        """Whether the graphics processors of a placement have room for what goes to them."""
        needs, gpus = self.needs(placement), self._gpus
        return all(needs.on(name).total * _UNCERTAIN <= self.on(gpus[name]) for name in placement.devices)

    @property
    def _gpus(self) -> dict[str, BackendDevice]:
        return {device.name: device for device in self.machine.gpus}


def shares_memory(device: BackendDevice) -> bool:
    """Whether a graphics processor uses the memory of the machine."""
    return device.kind == "igpu" or device.backend == "MTL"
