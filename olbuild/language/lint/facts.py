"""What rules may know that is not in the text. Whoever calls the linter finds it out; rules only compare."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from olbuild.core.records import Frozen
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Settings


class Facts(Frozen, kw_only=True):
    """Facts about the model that FROM names. ``None`` and an empty tuple mean that nothing is known."""

    context_length: int | None = None
    """The context it was trained for, in tokens."""
    licenses: tuple[str, ...] = ()
    """The licences that its header names."""
    tokens: frozenset[str] | None = None
    """Its vocabulary."""
    present: frozenset[str] = frozenset()
    """Values of FROM that are a file or a folder on the disk."""
    missing: frozenset[str] = frozenset()
    """Values of FROM that are written as a path to one file or folder, and nothing is there."""
    problems: tuple[Diagnostic, ...] = ()
    """What is wrong with paths that the file names."""


Survey: TypeAlias = Callable[[Settings], Facts]
"""Finds out the facts about the model of some settings. Called once for each reading of a file."""


def no_facts(settings: Settings) -> Facts:  # noqa: ARG001 - it looks nowhere
    """Know nothing."""
    return Facts()
