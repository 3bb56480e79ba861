"""How much memory a process takes that nobody else could use."""

from __future__ import annotations

import re
from pathlib import Path


def own_memory(process: int, root: Path = Path("/")) -> int:
    """Return how many bytes of memory a process has that are no file's; 0 if that cannot be found out.

    ``root`` stands in for the file system's in tests.
    """
    try:
        text = (root / f"proc/{process}/status").read_text("utf-8", "replace")
    except OSError:
        return 0
    found = re.search(r"^RssAnon:\s*(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
