"""Whether the matrix unit that a processor names (AMX) works with the compiler that is here.

ggml is compiled with ``-march=native`` and uses the unit wherever it is named. gcc before 14 may leave out stores to a
tile configuration before ``_tile_loadconfig``, because its header tells the compiler about 8 of the 64 bytes that are
read, and some virtual machines forbid the unit: the first multiplication then ends in an illegal instruction.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

FLAGS = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
"""Keeps gcc and clang from using the unit, whatever ``-march`` says."""

_PATIENCE = 60.0  # seconds

# As ggml does it (ggml-cpu/amx/mmq.cpp): ask Linux for the state of the tiles (arch_prctl, ARCH_REQ_XCOMP_PERM of
# XTILEDATA), configure them, use one.
_TRIAL = """
#include <immintrin.h>
#include <cstdint>
#include <sys/syscall.h>
#include <unistd.h>
struct alignas(64) Configuration {
    uint8_t palette = 0, start = 0, reserved[14] = {}; uint16_t columns[16] = {}; uint8_t rows[16] = {};
};
int main() {
    if (syscall(SYS_arch_prctl, 0x1023, 18)) return 1;
    Configuration tiles;
    tiles.palette = 1;
    tiles.columns[0] = 64;
    tiles.rows[0] = 16;
    _tile_loadconfig(&tiles);
    _tile_zero(0);
    _tile_release();
}
"""


def usable(features: Iterable[str]) -> frozenset[str]:
    """Return the abilities of a processor without a matrix unit that does not work."""
    named = frozenset(features)
    units = frozenset(name for name in named if name.startswith("amx"))
    return named if not units or _works() else named - units


def _works() -> bool:
    """Compile a program that uses the unit, and run it: nothing else tells."""
    with tempfile.TemporaryDirectory(prefix="olbuild-amx-") as scratch:
        source, program = Path(scratch) / "trial.cpp", Path(scratch) / "trial"
        source.write_text(_TRIAL, "utf-8")
        flags = ["-O3", "-mamx-tile", "-mamx-int8", "-o", str(program), str(source)]
        return _succeeds([os.environ.get("CXX") or "c++", *flags]) and _succeeds([str(program)])


def _succeeds(command: list[str]) -> bool:
    try:
        finished = subprocess.run(command, check=False, capture_output=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return finished.returncode == 0
