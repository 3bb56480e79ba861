"""A machine as the planner sees it: graphics processors, threads, memory and abilities, frozen at one moment."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.llama.backends import BackendDevice, Backends, list_backends
from olbuild.running.devices.limits import Cores, free_memory, usable_cores, usable_memory


class Machine(Frozen, kw_only=True):
    """What there is to run on. Sizes in bytes.

    Attributes:
        devices: llama.cpp's list.
        cores: the processors that this process may use.
        memory: how much memory it may use in all; ``None`` if that cannot be found out.
        free: how much of that nobody uses now.
        features: abilities of the processor that the build of llama.cpp uses, in its words, such as ``AVX2``.
    """

    devices: tuple[BackendDevice, ...] = ()
    cores: Cores
    memory: int | None
    free: int | None
    features: frozenset[str] = frozenset()

    @property
    def gpus(self) -> tuple[BackendDevice, ...]:
        """The graphics processors that llama.cpp uses when it may choose (``llama_prepare_model_devices``).

        One that two backends see counts for the first of them; those that share the memory of the machine count only
        where there are no others, and only those of one backend.
        """
        own: list[BackendDevice] = []
        shared: list[BackendDevice] = []
        for device in self.devices:
            if device.kind == "gpu" and not (device.id and any(device.id == one.id for one in own)):
                own.append(device)
            elif device.kind == "igpu" and (not shared or device.backend == shared[-1].backend):
                shared.append(device)
        return tuple(own or shared)


def this_machine(backends: Backends | None = None) -> Machine:
    """Examine the machine, now.

    Args:
        backends: what llama.cpp said; ``None`` asks it.

    Raises:
        EngineError: if the engine is missing or cannot be loaded.
    """
    found = list_backends() if backends is None else backends
    return Machine(
        devices=found.devices,
        cores=usable_cores(),
        memory=usable_memory(),
        free=free_memory(),
        features=found.cpu_features,
    )
