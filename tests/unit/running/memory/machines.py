"""Machines as llama.cpp lists them; sizes are those that such devices report."""

from olbuild.llama.backends import BackendDevice
from olbuild.running.devices import Cores
from olbuild.running.devices.machine import Machine

GIB, MIB = 1 << 30, 1 << 20
X86 = frozenset({"AVX", "AVX2", "AVX512", "F16C", "FMA", "REPACK"})


def machine(*devices: BackendDevice, free: float | None = 28, memory: float = 32) -> Machine:
    """Return a machine with eight cores and some devices; memory in GiB."""
    cpu = BackendDevice(
        name="CPU",
        description="AMD Ryzen 7 5800X",
        backend="CPU",
        kind="cpu",
        free=int(memory * GIB),
        total=int(memory * GIB),
    )
    return Machine(
        devices=(*devices, cpu),
        cores=Cores(logical=16, physical=8),
        memory=int(memory * GIB),
        free=None if free is None else int(free * GIB),
        features=X86,
    )


RTX_4090 = BackendDevice(
    name="CUDA0",
    description="NVIDIA GeForce RTX 4090",
    backend="CUDA",
    kind="gpu",
    free=23_028 * MIB,
    total=24_080 * MIB,
    id="0000:01:00.0",
)
RTX_3060 = BackendDevice(
    name="CUDA1",
    description="NVIDIA GeForce RTX 3060",
    backend="CUDA",
    kind="gpu",
    free=11_600 * MIB,
    total=11_910 * MIB,
    id="0000:02:00.0",
)
SEEN_BY_VULKAN = BackendDevice(
    name="Vulkan0",
    description="NVIDIA GeForce RTX 4090",
    backend="Vulkan",
    kind="gpu",
    free=24_000 * MIB,
    total=24_564 * MIB,
    id="0000:01:00.0",
)
H200 = BackendDevice(
    name="CUDA0",
    description="NVIDIA H200",
    backend="CUDA",
    kind="gpu",
    free=142_500 * MIB,
    total=143_167 * MIB,
    id="0000:19:00.0",
)
M2_MAX = BackendDevice(
    name="MTL0",
    description="Apple M2 Max",
    backend="MTL",
    kind="gpu",
    free=21_845 * MIB,
    total=21_845 * MIB,
)
RADEON_780M = BackendDevice(
    name="Vulkan0",
    description="AMD Radeon 780M Graphics (RADV GFX1103_R1)",
    backend="Vulkan",
    kind="igpu",
    free=15_900 * MIB,
    total=16_384 * MIB,
    id="0000:c4:00.0",
)
