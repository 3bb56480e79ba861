"""The messages. A manager tells a worker to prepare and to load one model, then asks it; it is told how that goes.

::

    manager                                  worker
    Prepare  (again after memory changed)    Prepared
    Load                                     Advanced, Said …  Loaded
    Ask, Cancel …                            Events …
    Ping                                     Pong
    Close                                    (ends)

Instead of ``Prepared`` or ``Loaded`` there may be ``Broken``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from olbuild.running.placement import CacheType
from olbuild.running.requests import Event, Failed, ModelFacts


class _Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all of them are."""


class Prepare(_Message, frozen=True, kw_only=True, tag="prepare"):
    """Find out what a model would take.

    Attributes:
        home: the folder of the store.
        name: what the model is called.
        root: the descriptor of its artifact, as JSON.
        options: parameters that win over the model's.
        context: tokens of a context where neither says something; 0 is automatic.
        parallel: how many requests are worked on at once; 0 is automatic.
        prompt_memory: bytes for copies of what the cache has no room for; ``None`` is automatic.
        cache, flash_attention: as ``Wishes.keeping`` has them.
        level: from which level on the worker logs, as a number of ``logging``.
    """

    home: str
    name: str
    root: dict[str, Any]
    options: dict[str, int | float | bool | str | tuple[str, ...]] = {}
    context: int = 0
    parallel: int = 0
    prompt_memory: int | None = None
    cache: CacheType = "f16"
    flash_attention: bool | None = None
    level: int = 30


class Load(_Message, frozen=True, kw_only=True, tag="load"):
    """Load what was prepared.

    Attributes:
        replica: which one of several this worker is, from 0.
        reserved: bytes of the memory of the machine that look free and are others'.
    """

    replica: int = 0
    reserved: int = 0


class Ask(_Message, frozen=True, kw_only=True, tag="ask"):
    """Begin a request, under a number that is used once.

    The request is read apart from the rest: one that cannot be read must not end the others.
    """

    id: int
    request: msgspec.Raw


class Cancel(_Message, frozen=True, kw_only=True, tag="cancel"):
    """End a request; what is still told of it is not heard."""

    id: int


class Ping(_Message, frozen=True, kw_only=True, tag="ping"):
    """Say that you are there."""


class Close(_Message, frozen=True, kw_only=True, tag="close"):
    """End."""


ToWorker: TypeAlias = Prepare | Load | Ask | Cancel | Ping | Close


class Prepared(_Message, frozen=True, kw_only=True, tag="prepared"):
    """What each process of the model would take, in bytes, if all memory were free, and what its artifact says.

    Attributes:
        host: of the memory of the machine.
        gpu: of that of graphics processors.
        gpu_free: how much of the latter is free now.
        parameters: those of the artifact.
        replicas: how many processes shall load it, each on a device of its own.
    """

    host: int
    gpu: int = 0
    gpu_free: int = 0
    parameters: dict[str, int | float | bool | str | tuple[str, ...]] = {}
    replicas: int = 1


class Advanced(_Message, frozen=True, kw_only=True, tag="advanced"):
    """So many bytes of so many are loaded."""

    done: int
    total: int


class Said(_Message, frozen=True, kw_only=True, tag="said"):
    """A line for whoever waits for the model."""

    text: str
    level: Literal["info", "warning"] = "info"


class Loaded(_Message, frozen=True, kw_only=True, tag="loaded"):
    """The model can be asked.

    Attributes:
        facts: what it says about itself.
        fixed: the parameters that it was loaded with, by their names in a Modelfile.
        automatic: what those are where nobody says something.
        parallel: how many requests it works on at once.
        copies: bytes that it may come to take besides, for copies of what its cache has no room for.
    """

    facts: ModelFacts
    fixed: Mapping[str, int | float | bool | str | tuple[str, ...]] = {}
    automatic: Mapping[str, int | float | bool | str | tuple[str, ...]] = {}
    parallel: int = 1
    copies: int = 0


class Broken(_Message, frozen=True, kw_only=True, tag="broken"):
    """The model cannot be prepared or loaded."""

    error: Failed


class Events(_Message, frozen=True, kw_only=True, tag="events"):
    """What was told about requests since the last message, in its order."""

    events: tuple[tuple[int, Event], ...]


class Pong(_Message, frozen=True, kw_only=True, tag="pong"):
    """Here I am.

    Attributes:
        cache: the part of the cache that requests take, from 0 to 1.
        tokens: of the step of the engine that is under way.
        seconds: how long that has taken so far; 0 if there is none.
    """

    cache: float = 0.0
    tokens: int = 0
    seconds: float = 0.0


FromWorker: TypeAlias = Prepared | Advanced | Said | Loaded | Broken | Events | Pong
