"""The files of a model, and how they are to be loaded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from olbuild.core.records import Frozen
from olbuild.running.options import Adapter, LoadOptions
from olbuild.running.placement import Placement


class Files(Frozen):
    """What is to be loaded; see ``load_runtime``."""

    weights: Sequence[Path]
    adapters: Sequence[Adapter]
    drafts: Sequence[Path]
    projector: Path | None
    options: LoadOptions
    placement: Placement | None
