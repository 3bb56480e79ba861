"""What the log says of a request beyond HTTP. Whatever runs for the request adds to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Notes: TypeAlias = dict[str, str | float]

_current: ContextVar[Notes | None] = ContextVar("notes", default=None)


@contextmanager
def taking_notes() -> Iterator[Notes]:
    """Collect what is noted while the context lasts, also by tasks that begin in it."""
    notes: Notes = {}
    token = _current.set(notes)
    try:
        yield notes
    finally:
        _current.reset(token)


def note(name: str, value: str | float) -> None:
    """Say something about the request that is being answered; what was said before of that name is forgotten."""
    notes = _current.get()
    if notes is not None:
        notes[name] = value


def count(name: str, amount: int) -> None:
    """Add to a number: a request may have several answers."""
    notes = _current.get()
    if notes is not None:
        before = notes.get(name, 0)
        notes[name] = amount + (before if isinstance(before, int) else 0)
