"""Which engine is wanted, and which ways to it may be tried."""

from __future__ import annotations

from olbuild.core.records import Frozen
from olbuild.llama.install.accelerator import Accelerator


class Wish(Frozen, kw_only=True):
    """An engine that is wanted.

    Attributes:
        accelerator: what it must be built for; ``None`` leaves an engine as it is, and builds what ``CMAKE_ARGS`` says.
        ready: whether a ready wheel may be taken, which suits many machines and uses of none what only it has.
        index: where ready wheels are; empty is upstream's index.
        offline: whether nothing may be fetched.
        again: whether an engine that is there is replaced all the same: it may be one for another machine.
    """

    accelerator: Accelerator | None = None
    ready: bool = False
    index: str = ""
    offline: bool = False
    again: bool = False
