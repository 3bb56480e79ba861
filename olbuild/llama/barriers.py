"""How long the threads of ggml wait for each other before they sleep.

They meet at a barrier some hundred times for each token. libgomp lets them spin there, 300,000 rounds by default. On an
idle machine that is best: with two threads on two cores (SmolLM2-135M) four answers at once take 29 ms a token, and
38 ms with 300 rounds; for one answer it is 3 to 6 %. Where more programs want the cores than there are, they spin away
the time that those would need to go on: 0.3 to 8 tokens a second were left, and 29 with 300 rounds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SPINS = "GOMP_SPINCOUNT"
_SHORTLY = "300"
_LOOKS, _PAUSE = 5, 0.0005


@contextmanager
def barriers(root: Path = Path("/")) -> Iterator[None]:
    """Load libgomp within this, which reads the environment once: on a busy machine threads then wait only shortly.

    What the environment says wins. ``root`` stands in for the file system's in tests.
    """
    if "OMP_WAIT_POLICY" in os.environ or _SPINS in os.environ or not _busy(root):
        yield
        return
    os.environ[_SPINS] = _SHORTLY
    try:
        yield
    finally:
        del os.environ[_SPINS]


def _busy(root: Path) -> bool:
    """Whether others want all cores right now: ``/proc/loadavg`` has how many threads run or could run, us included."""
    seen = []
    for look in range(_LOOKS):
        if look:
            time.sleep(_PAUSE)
        try:
            runnable = (root / "proc/loadavg").read_text(encoding="ascii").split()[3].partition("/")[0]
            seen.append(int(runnable))
        except (OSError, ValueError, IndexError):  # another system
            return False
    return sorted(seen)[_LOOKS // 2] - 1 >= (os.cpu_count() or 1)
