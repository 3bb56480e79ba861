"""What is fixed about a manager."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import field

from olbuild.core.config import Config
from olbuild.core.records import Frozen
from olbuild.running.devices.limits import free_memory
from olbuild.running.memory import Wishes
from olbuild.running.placement import CacheType
from olbuild.running.planning import as_set

WORKER = (sys.executable, "-P", "-m", "olbuild.running.worker")
"""How a worker is started. ``-P``: nothing is imported from the folder in which the server happens to be started."""


class Patience(Frozen, kw_only=True):
    """How long a worker is waited for, in seconds.

    Attributes:
        load: without any progress, while it loads.
        silence: until it says that it is there. Engines take long for a step; this is said besides.
        close: until it has ended after it was told to.
        step: until its engine has done a step, besides what each token of it may take: a processor that is slow and
            busy needs a second for a token of a large model.
        token: for each token of a step.
    """

    load: float = 300.0
    silence: float = 30.0
    close: float = 5.0
    step: float = 120.0
    token: float = 3.0

    def of_step(self, tokens: int) -> float:
        """Return how long a step of some tokens may take."""
        return self.step + self.token * tokens


class Settings(Frozen, kw_only=True):
    """How a manager works. Times in seconds.

    Attributes:
        home: the folder of the store.
        keep_alive: how long a model stays loaded after its last request; negative is for ever.
        parallel: how many requests of one model are worked on at once; 0 is automatic.
        context: tokens of a context where neither the model nor the request says something; 0 is automatic.
        prompt_memory: bytes in which a model keeps copies of what its cache has no room for; ``None`` is automatic.
        cache, flash_attention: as ``Wishes.keeping`` has them.
        most_loaded: how many models are loaded at once; 0 is automatic: three.
        most_waiting: how many requests may wait, all together.
        most_waiting_of_one: how many of those may be of one client; 0 is automatic: three quarters.
        patience: how long a worker is waited for.
        free_memory: tells how many bytes programs could still get.
        command: how a worker is started.
    """

    home: Path
    keep_alive: float = 300.0
    parallel: int = 0
    context: int = 0
    prompt_memory: int | None = None
    cache: CacheType = "f16"
    flash_attention: bool | None = None
    most_loaded: int = 0
    most_waiting: int = 512
    most_waiting_of_one: int = 0
    patience: Patience = field(default_factory=Patience)
    free_memory: Callable[[], int | None] = free_memory
    command: tuple[str, ...] = WORKER

    @classmethod
    def of(cls, config: Config, *, keep_alive: float) -> Settings:
        """Return what somebody set; ``keep_alive`` is the one of the config, in seconds.

        Raises:
            UsageError: if a setting of the cache is impossible.
        """
        wishes = as_set(Wishes(), config)
        return cls(
            home=config.home,
            keep_alive=keep_alive,
            parallel=config.number("num_parallel"),
            context=config.number("context_length"),
            prompt_memory=config.prompt_memory,
            cache=wishes.cache_k,
            flash_attention=wishes.flash_attention,
            most_loaded=config.number("max_loaded_models"),
            most_waiting=config.number("max_queue"),
            most_waiting_of_one=config.number("max_queue_per_client"),
        )
