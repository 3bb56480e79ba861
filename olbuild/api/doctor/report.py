"""What an examination finds. Frozen; sizes in bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from olbuild.core.records import Frozen
from olbuild.running.devices.hardware import Graphics
from olbuild.running.devices.machine import Machine
from olbuild.running.memory import Plan

Level = Literal["good", "note", "bad"]


class Finding(Frozen, kw_only=True):
    """Something that was looked at: good, worth knowing, or in the way of using olbuild; then ``remedy`` mends it."""

    level: Level
    text: str
    remedy: str = ""


class EngineFacts(Frozen, kw_only=True):
    """The engine as it is installed.

    Attributes:
        version: of llama-cpp-python; empty if there is none.
        folder: where it is.
        built_for: the accelerators that it has code for, as llama.cpp calls them: ``CUDA``.
        features: of each backend, what it was compiled with.
    """

    version: str = ""
    folder: Path | None = None
    built_for: tuple[str, ...] = ()
    features: Mapping[str, Mapping[str, str]]


class ModelFinding(Frozen, kw_only=True):
    """A model, and how it would be loaded; there is no plan if it cannot be."""

    name: str
    architecture: str
    size: int
    layers: int
    trained_context: int
    plan: Plan | None


class Report(Frozen, kw_only=True):
    """All that was found."""

    engine: EngineFacts
    machine: Machine
    graphics: tuple[Graphics, ...]
    home: Path
    findings: tuple[Finding, ...]
    model: ModelFinding | None = None

    @property
    def usable(self) -> bool:
        """Whether nothing is in the way; something may be slower than it could be."""
        return all(finding.level != "bad" for finding in self.findings)

    @property
    def spotless(self) -> bool:
        """Whether there is nothing to mend: no graphics processor lies idle, no disk is nearly full."""
        return all(finding.level == "good" or not finding.remedy for finding in self.findings)
