"""The graphics processors that a machine has, whether or not an engine can use them: from what Linux and macOS show.

No program is run: not every machine has ``lspci`` or ``nvidia-smi``, and the files say the same.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from olbuild.core.records import Frozen

Vendor = Literal["nvidia", "amd", "intel", "apple"]

_VENDORS: dict[str, Vendor] = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}
_DISPLAY, _ACCELERATOR = "0x03", "0x1200"  # PCI classes: display controllers, and processing accelerators
_NAMES = {"nvidia": "NVIDIA", "amd": "AMD", "intel": "Intel", "apple": "Apple"}


class Graphics(Frozen, kw_only=True):
    """A graphics processor.

    Attributes:
        name: what it is called, as far as the system says it.
        id: its PCI address; empty if it has none.
        driver: the driver of the kernel, such as ``nvidia``, ``amdgpu`` or ``nouveau``; empty if there is none.
        version: of the driver, where it says so.
        nodes: whether its device files are here; a container has them only if it was given them.
        allowed: whether this user may open them.
    """

    vendor: Vendor
    name: str
    id: str = ""
    driver: str = ""
    version: str = ""
    nodes: bool = True
    allowed: bool = True


def graphics(root: Path = Path("/")) -> tuple[Graphics, ...]:
    """Return the graphics processors, in the order of their addresses. ``root`` stands in for the system's in tests."""
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return (Graphics(vendor="apple", name="Apple graphics processor", driver="metal"),)
    found = tuple(_on_pci(root))
    return found or tuple(_without_pci(root))


def _on_pci(root: Path) -> Iterator[Graphics]:
    try:
        devices = sorted((root / "sys/bus/pci/devices").iterdir())
    except OSError:
        return
    for device in devices:
        vendor = _VENDORS.get(_text(device / "vendor"))
        if vendor is None or not _text(device / "class").startswith((_DISPLAY, _ACCELERATOR)):
            continue
        driver = _driver(device)
        nodes = tuple(_nodes(root, vendor))
        yield Graphics(
            vendor=vendor,
            name=_name(root, device, vendor),
            id=device.name,
            driver=driver,
            version=_version(root, driver),
            nodes=bool(nodes),
            allowed=all(os.access(node, os.R_OK | os.W_OK) for node in nodes),
        )


def _without_pci(root: Path) -> Iterator[Graphics]:
    """Yield what is there without an address: in the Linux of Windows, and on boards with a processor of NVIDIA's."""
    windows, library = root / "dev/dxg", root / "usr/lib/wsl/lib/libcuda.so.1"
    boards = (root / "dev/nvhost-gpu", root / "dev/nvgpu")
    if windows.exists() and library.exists():
        yield Graphics(vendor="nvidia", name="NVIDIA graphics processor, through Windows", driver="dxg")
    elif any(board.exists() for board in boards):
        yield Graphics(vendor="nvidia", name="NVIDIA Jetson", driver="nvgpu")


def _driver(device: Path) -> str:
    try:
        return (device / "driver").resolve().name if (device / "driver").exists() else ""
    except OSError:
        return ""


def _nodes(root: Path, vendor: Vendor) -> Iterator[Path]:
    """Yield the device files that computing needs."""
    if vendor == "nvidia":
        yield from sorted((root / "dev").glob("nvidia[0-9]*"))
        return
    if vendor == "amd" and (root / "dev/kfd").exists():
        yield root / "dev/kfd"
    yield from sorted((root / "dev/dri").glob("renderD*"))


def _name(root: Path, device: Path, vendor: Vendor) -> str:
    """Return the name of a device; of AMD's the driver may know it, of others the number must do."""
    said = _text(root / "proc/driver/nvidia/gpus" / device.name / "information")
    if found := re.search(r"^Model:\s*(.+?)\s*$", said, re.MULTILINE):
        return found[1] if found[1].startswith("NVIDIA") else f"NVIDIA {found[1]}"
    number = _text(device / "device").removeprefix("0x")
    return _text(device / "product_name") or f"{_NAMES[vendor]} graphics processor {number}".rstrip()


def _version(root: Path, driver: str) -> str:
    if driver == "nvidia":
        found = re.search(r"\b(\d+\.\d+(?:\.\d+)?)\b", _text(root / "proc/driver/nvidia/version"))
        return found[1] if found else ""
    return _text(root / "sys/module" / driver / "version") if driver else ""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace").strip()
    except OSError:
        return ""
