"""Buffers are added up by the device that they are on."""

from olbuild.llama.buffers import Buffer, Purpose
from olbuild.running.placement import Share, Usage
from olbuild.running.reported import reported


def _buffer(place: str, purpose: Purpose, size: int) -> Buffer:
    return Buffer(place=place, purpose=purpose, size=size)


def test_devices_and_the_machine() -> None:
    found = reported(
        [
            _buffer("CPU_Mapped", "model", 10),
            _buffer("CPU_REPACK", "model", 5),
            _buffer("CUDA0", "model", 100),
            _buffer("CUDA1", "model", 200),
            _buffer("CUDA1", "LoRA", 7),
            _buffer("CUDA0", "KV", 30),
            _buffer("CUDA_Host", "output", 1),
            _buffer("CUDA0", "compute", 40),
            _buffer("CUDA_Host", "compute", 2),
        ]
    )
    assert found == Usage(
        shares=(
            Share(device="CUDA0", weights=100, cache=30, compute=40),
            Share(device="CUDA1", weights=207),
            Share(device="CPU", weights=15, compute=3),
        )
    )
    assert (found.total, found.gpu, found.host) == (395, 377, 18)


def test_the_names_of_other_backends() -> None:
    places = ("MTL0_Mapped", "MTL0_Private", "Vulkan1", "Vulkan_Host", "RPC0[10.0.0.2:50052]", "AMX", "BLAS")
    found = reported(_buffer(place, "model", 1) for place in places)
    assert {share.device: share.weights for share in found.shares} == {
        "MTL0": 2,
        "Vulkan1": 1,
        "RPC0[10.0.0.2:50052]": 1,
        "CPU": 3,
    }


def test_nothing() -> None:
    assert reported([]) == Usage(shares=(Share(device="CPU"),))
