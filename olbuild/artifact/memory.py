"""What costs a reading of the weights to find out, and is remembered."""

from __future__ import annotations

from typing import Protocol


class Memory(Protocol):
    """Small JSON documents under keys, such as ``building.cache.BuildCache``; losing one costs time only."""

    def get(self, key: str) -> dict[str, object] | None:
        """Return what was put under a key."""
        ...

    def put(self, key: str, value: dict[str, object]) -> None:
        """Remember a document."""
        ...
