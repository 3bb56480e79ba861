"""How much memory is free, and how much a process takes that nobody else could use."""

from __future__ import annotations

import re
from pathlib import Path

from olbuild.running.devices import usable_memory


def free_memory(root: Path = Path("/")) -> int | None:
    """Return how many bytes programs could still get, files that the system keeps in memory included.

    ``None`` if that cannot be found out. ``root`` stands in for the file system's in tests.
    """
    total = usable_memory(root)
    found = _number(root / "proc/meminfo", "MemAvailable")
    if total is None or found is None:
        return total
    return min(total, found)


def own_memory(process: int, root: Path = Path("/")) -> int:
    """Return how many bytes of memory a process has that are no file's; 0 if that cannot be found out."""
    return _number(root / f"proc/{process}/status", "RssAnon") or 0


def _number(path: Path, name: str) -> int | None:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return None
    found = re.search(rf"^{name}:\s*(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None
