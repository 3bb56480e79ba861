"""Progress as data. Floors emit events; only ``cli`` decides how they look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from olbuild.core.records import Frozen

Outcome = Literal["done", "exists", "cached", "failed"]


class Expected(Frozen, kw_only=True):
    """Pieces of work of ``amount`` bytes together are going to be started: a total that is right from the start."""

    amount: int


class Started(Frozen, kw_only=True):
    """A piece of work begins. ``total`` is in bytes, ``None`` when it cannot be known."""

    id: str
    label: str
    total: int | None = None


class Advanced(Frozen, kw_only=True):
    """``amount`` more bytes of a piece of work are done."""

    id: str
    amount: int


class Finished(Frozen, kw_only=True):
    """A piece of work ended; ``exists`` and ``cached`` say why no work was needed."""

    id: str
    outcome: Outcome = "done"


class Said(Frozen, kw_only=True):
    """A line of talk for a person."""

    text: str
    level: Literal["info", "warning"] = "info"


Event = Expected | Started | Advanced | Finished | Said
Emit = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Drop an event: the default listener."""
