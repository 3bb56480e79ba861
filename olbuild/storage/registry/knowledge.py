"""What was learnt of a registry: probed or seen in passing, remembered for a week in ``state/registries``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from olbuild.core.content.canonical import Json
from olbuild.core.records import Frozen, replace
from olbuild.storage.registry.statefiles import read_state, write_state

LIFE = 7 * 24 * 3600.0
"""Seconds that something is remembered: registries are updated."""

_LARGEST = 1 << 62
_SKEW = 60.0  # seconds by which a clock may have been set back

Fact = bool | int | str


class Facts(Frozen, kw_only=True):
    """What is known; ``None`` for what is not. Sizes are in bytes."""

    ranges: bool | None = None
    """Whether a part of a blob can be asked for."""
    sessions: bool | None = None
    """Whether an upload that was cut off can be continued."""
    streams: bool | None = None
    """Whether nothing is lost of the piece that was cut off, however large it was."""
    mounts: bool | None = None
    """Whether a blob of another repository can be taken over."""
    referrers: bool | None = None
    """Whether it keeps the list of what points to a manifest."""
    chunk_least: int | None = None
    """The smallest piece of an upload (``OCI-Chunk-Min-Length``)."""
    layer_refused: int | None = None
    """The smallest blob that was refused for its size."""
    connections: int | None = None
    """The number of connections at which a download was fastest."""
    auth: str | None = None
    """What it asks for: none, basic or bearer."""


_TYPES: Mapping[str, type[bool | int | str]] = {
    "ranges": bool,
    "sessions": bool,
    "streams": bool,
    "mounts": bool,
    "referrers": bool,
    "chunk_least": int,
    "layer_refused": int,
    "connections": int,
    "auth": str,
}
_AUTH = {"none", "basic", "bearer"}


class Learnt(Frozen, kw_only=True):
    """A fact, and when it was learnt, in seconds since 1970."""

    value: Fact
    at: float


class Knowledge:
    """What is known of one registry, in memory and if there is a folder in a file. Safe for threads.

    Two processes that learn at once may lose a fact of one of them, which is then learnt again.
    """

    def __init__(self, host: str, folder: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        """Begin; the file is read when something is asked."""
        self._path = None if folder is None else folder / f"{quote(host, safe='')}.json"
        self._clock = clock
        self._lock = threading.Lock()
        self._learnt: dict[str, Learnt] | None = None

    @property
    def facts(self) -> Facts:
        """What is known and not too old."""
        values = {name: learnt.value for name, learnt in self.learnt().items()}
        return replace(Facts(), **values)  # type: ignore[arg-type] # each value has the type of its field

    def learnt(self) -> dict[str, Learnt]:
        """Return the facts by name, in the order of ``Facts``, with their ages."""
        now = self._clock()
        with self._lock:
            known = self._load()
        return {name: known[name] for name in Facts.__struct_fields__ if _lives(known.get(name), now)}

    def learn(self, **found: Fact) -> None:
        """Remember facts; what is known already and still young is not written again."""
        now = self._clock()
        with self._lock:
            known = self._load()
            news = {
                name: Learnt(value=value, at=now)
                for name, value in found.items()
                if (old := known.get(name)) is None or old.value != value or now - old.at > LIFE / 2
            }
            if not news:
                return
            if self._path is None:
                known.update(news)
                return
            self._learnt = {**_read(self._path), **news}  # with what another process has learnt meanwhile
            write_state(self._path, {name: {"value": one.value, "at": one.at} for name, one in self._learnt.items()})

    def forget(self) -> bool:
        """Drop everything; false if there was nothing."""
        with self._lock:
            known, self._learnt = self._load(), {}
            if self._path is not None:
                self._path.unlink(missing_ok=True)
        return bool(known)

    def _load(self) -> dict[str, Learnt]:
        if self._learnt is None:
            self._learnt = {} if self._path is None else _read(self._path)
        return self._learnt


def _read(path: Path) -> dict[str, Learnt]:
    found = ((name, _entry(name, value)) for name, value in read_state(path).items())
    return {name: learnt for name, learnt in found if learnt is not None}


def _entry(name: str, entry: Json) -> Learnt | None:
    """Read a fact strictly: a file that somebody else wrote must not make a transfer fail."""
    if name not in _TYPES or not isinstance(entry, dict):
        return None
    value, at = entry.get("value"), entry.get("at")
    if not isinstance(value, bool | int | str) or type(value) is not _TYPES[name]:
        return None
    if not isinstance(at, int | float) or isinstance(at, bool):
        return None
    if isinstance(value, str) and value not in _AUTH:
        return None
    if type(value) is int and not 0 < value < _LARGEST:
        return None
    return Learnt(value=value, at=float(at))


def _lives(learnt: Learnt | None, now: float) -> bool:
    return learnt is not None and -_SKEW < now - learnt.at < LIFE
