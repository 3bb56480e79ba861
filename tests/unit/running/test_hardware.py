"""Graphics processors as Linux shows them, and what to do so that they are used."""

from pathlib import Path

import pytest

from olbuild.llama.backends import BackendDevice
from olbuild.running.devices.advice import Advice, advise
from olbuild.running.devices.hardware import Graphics, graphics
from tests.unit.running.memory.machines import RADEON_780M, RTX_4090, SEEN_BY_VULKAN, machine

INFORMATION = "Model: \t\t NVIDIA H200\nIRQ:   \t\t 92\nBus Type: \t PCIe\n"
VERSION = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.86.15  Thu Jan 23 03:32:45 UTC 2025\n"


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _device(
    root: Path, address: str, *, vendor: str, kind: str = "0x030000", driver: str = "", number: str = ""
) -> None:
    folder = root / "sys/bus/pci/devices" / address
    _write(folder / "vendor", f"{vendor}\n")
    _write(folder / "class", f"{kind}\n")
    _write(folder / "device", f"{number}\n")
    if driver:
        (root / "sys/bus/pci/drivers" / driver).mkdir(parents=True, exist_ok=True)
        (folder / "driver").symlink_to(root / "sys/bus/pci/drivers" / driver)


def test_nvidia_with_its_driver(tmp_path: Path) -> None:
    _device(tmp_path, "0000:19:00.0", vendor="0x10de", kind="0x030200", driver="nvidia")
    _device(tmp_path, "0000:19:00.1", vendor="0x10de", kind="0x040300", driver="snd_hda_intel")
    _write(tmp_path / "proc/driver/nvidia/gpus/0000:19:00.0/information", INFORMATION)
    _write(tmp_path / "proc/driver/nvidia/version", VERSION)
    _write(tmp_path / "dev/nvidia0")
    assert graphics(tmp_path) == (
        Graphics(vendor="nvidia", name="NVIDIA H200", id="0000:19:00.0", driver="nvidia", version="570.86.15"),
    )


def test_amd_and_intel_are_known_by_number(tmp_path: Path) -> None:
    _device(tmp_path, "0000:c4:00.0", vendor="0x1002", driver="amdgpu", number="0x15bf")
    _device(tmp_path, "0000:00:02.0", vendor="0x8086", driver="i915", number="0xa780")
    _write(tmp_path / "dev/kfd")
    _write(tmp_path / "dev/dri/renderD128")
    found = graphics(tmp_path)
    assert [(one.vendor, one.name, one.driver, one.nodes) for one in found] == [
        ("intel", "Intel graphics processor a780", "i915", True),
        ("amd", "AMD graphics processor 15bf", "amdgpu", True),
    ]


def test_a_container_without_device_files(tmp_path: Path) -> None:
    _device(tmp_path, "0000:19:00.0", vendor="0x10de", driver="nvidia")
    (one,) = graphics(tmp_path)
    assert not one.nodes


def test_the_linux_of_windows(tmp_path: Path) -> None:
    _write(tmp_path / "dev/dxg")
    assert graphics(tmp_path) == ()
    _write(tmp_path / "usr/lib/wsl/lib/libcuda.so.1")
    assert [one.driver for one in graphics(tmp_path)] == ["dxg"]


def test_a_mac(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert [one.vendor for one in graphics(tmp_path)] == ["apple"]


def test_nothing_is_there(tmp_path: Path) -> None:
    _device(tmp_path, "0000:00:03.0", vendor="0x1af4", kind="0x020000")
    assert graphics(tmp_path) == ()


NVIDIA = Graphics(vendor="nvidia", name="NVIDIA RTX", id="0000:01:00.0", driver="nvidia")
AMD = Graphics(vendor="amd", name="AMD 780M", id="0000:c4:00.0", driver="amdgpu")
INTEL = Graphics(vendor="intel", name="Intel UHD", id="0000:00:02.0", driver="i915")
APPLE = Graphics(vendor="apple", name="Apple graphics processor", driver="metal")


def _remedies(*found: Graphics, devices: tuple[BackendDevice, ...] = ()) -> list[str]:
    return [each.remedy for each in advise(found, machine(*devices).devices)]


@pytest.mark.parametrize(
    ("one", "option"), [(NVIDIA, "--cuda"), (AMD, "--rocm"), (INTEL, "--vulkan"), (APPLE, "--metal")]
)
def test_an_engine_without_what_uses_it(one: Graphics, option: str) -> None:
    assert list(advise((one,), machine().devices)) == [
        Advice(
            problem=f"{one.name} is here, and the engine was built without what uses it",
            remedy=f"olbuild engine install {option}",
        )
    ]


def test_what_is_used_needs_nothing() -> None:
    assert _remedies(NVIDIA, devices=(RTX_4090,)) == []
    assert _remedies(NVIDIA, devices=(SEEN_BY_VULKAN,)) == []
    assert _remedies(AMD, devices=(RADEON_780M,)) == []


def test_a_second_one_that_is_not_used() -> None:
    other = Graphics(vendor="nvidia", name="NVIDIA RTX", id="0000:09:00.0", driver="nvidia")
    assert len(_remedies(NVIDIA, other, devices=(RTX_4090,))) == 1


def test_intel_beside_another_one_draws_the_screen() -> None:
    assert _remedies(INTEL, NVIDIA, devices=(RTX_4090,)) == []


@pytest.mark.parametrize(
    ("one", "problem"),
    [
        (Graphics(vendor="nvidia", name="X", driver="nouveau"), "X has the driver nouveau, which cannot compute"),
        (Graphics(vendor="nvidia", name="X"), "X has no driver"),
        (Graphics(vendor="nvidia", name="X", driver="nvidia", nodes=False), "X has no device files here"),
        (Graphics(vendor="amd", name="X", driver="amdgpu", allowed=False), "X may not be opened by this user"),
    ],
)
def test_what_stands_in_the_way(one: Graphics, problem: str) -> None:
    assert [each.problem for each in advise((one,), ())] == [problem]
