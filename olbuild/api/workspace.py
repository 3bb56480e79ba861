"""What every verb needs: the settings, the listener, and the store, opened when it is first used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from olbuild.building.cache import BuildCache
from olbuild.core.config import Config, load_config
from olbuild.core.events import Emit, ignore
from olbuild.storage.store import Store

if TYPE_CHECKING:
    from olbuild.building.opening import Opener


class Workspace:
    """One run of olbuild over one home folder."""

    def __init__(self, config: Config | None = None, emit: Emit = ignore) -> None:
        """Use some settings (default: environment and configuration file) and a listener for progress."""
        self.config = config or load_config()
        self.emit = emit

    @cached_property
    def store(self) -> Store:
        """The local store.

        Raises:
            StoreError: if it cannot be used.
        """
        return Store.open(self.config.home)

    @cached_property
    def cache(self) -> BuildCache:
        """The build cache."""
        return BuildCache(self.config.home / "state" / "build")

    @cached_property
    def opener(self) -> Opener:
        """What unpacks models whose files are packed.

        Raises:
            StoreError: if the store cannot be used.
        """
        from olbuild.building.opening import Opener  # noqa: PLC0415 - most verbs open nothing

        return Opener(store=self.store, cache=self.cache, emit=self.emit)
