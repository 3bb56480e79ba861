"""The engines in the cache, to be listed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from olbuild.core.records import Frozen
from olbuild.llama.install.accelerator import Accelerator, built_into


class StoredEngine(Frozen, kw_only=True):
    """A wheel in the cache. ``key`` is its folder, which says for which machine and settings it is."""

    key: str
    wheel: Path
    size: int
    built_for: tuple[Accelerator, ...]


def stored_engines(folder: Path) -> Iterator[StoredEngine]:
    """Yield the engines in a cache, in the order of their keys."""
    for wheel in sorted(folder.glob("*/*.whl")):
        yield StoredEngine(key=wheel.parent.name, wheel=wheel, size=wheel.stat().st_size, built_for=built_into(wheel))
