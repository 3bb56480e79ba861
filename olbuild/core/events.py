"""Progress as data. Floors emit events; only ``cli`` decides how they look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "exists", "cached", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Pieces of work of ``amount`` bytes together are going to be started: a total that is right from the start."""

    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A piece of work begins. ``total`` is in bytes, ``None`` when it cannot be known."""

    id: str
    label: str
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advanced:
    """``amount`` more bytes of a piece of work are done."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A piece of work ended; ``exists`` and ``cached`` say why no work was needed."""

    id: str
    outcome: Outcome = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A line of talk for a person."""

    text: str
    level: Literal["info", "warning"] = "info"


Event = Expected | Started | Advanced | Finished | Said
Emit = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Drop an event: the default listener."""
