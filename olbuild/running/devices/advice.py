"""What to do so that a graphics processor is used. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from olbuild.core.records import Frozen
from olbuild.llama.backends import BackendDevice
from olbuild.running.devices.hardware import Graphics

_BACKENDS = {
    "nvidia": ("CUDA", "Vulkan"),
    "amd": ("ROCm", "Vulkan"),
    "intel": ("SYCL", "Vulkan"),
    "apple": ("MTL",),
}
"""The backends that can use a processor, as llama.cpp calls them."""


class Advice(Frozen, kw_only=True):
    """What stands in the way of a graphics processor, and how that is mended."""

    problem: str
    remedy: str


def advise(found: Sequence[Graphics], devices: Sequence[BackendDevice]) -> Iterator[Advice]:
    """Yield what is to be done for those that no device of llama.cpp stands for.

    Args:
        found: the graphics processors of the machine.
        devices: llama.cpp's list.
    """
    used = [device for device in devices if device.kind in ("gpu", "igpu")]
    for one in found:
        if any(_is(one, device) for device in used):
            continue
        if one.vendor == "intel" and any(other.vendor != "intel" for other in found):
            continue  # the one that draws the screen, beside one that computes
        yield _advice(one)


def _is(one: Graphics, device: BackendDevice) -> bool:
    if one.id and device.id:
        return one.id == device.id
    return device.backend in _BACKENDS[one.vendor]


def _advice(one: Graphics) -> Advice:
    name = one.name
    if one.vendor == "nvidia" and one.driver not in {"nvidia", "dxg", "nvgpu"}:
        driver = f"the driver {one.driver}, which cannot compute" if one.driver else "no driver"
        return Advice(
            problem=f"{name} has {driver}",
            remedy="install NVIDIA's driver, then: olbuild engine install --cuda",
        )
    if not one.nodes:
        return Advice(
            problem=f"{name} has no device files here",
            remedy="give them to the container: docker run --gpus all (NVIDIA),"
            " or --device /dev/kfd --device /dev/dri (AMD, Intel)",
        )
    if not one.allowed:
        return Advice(
            problem=f"{name} may not be opened by this user",
            remedy="add the user to the groups render and video, and log in again",
        )
    option = {"nvidia": "--cuda", "amd": "--rocm" if one.driver == "amdgpu" else "--vulkan", "apple": "--metal"}
    return Advice(
        problem=f"{name} is here, and the engine was built without what uses it",
        remedy=f"olbuild engine install {option.get(one.vendor, '--vulkan')}",
    )
