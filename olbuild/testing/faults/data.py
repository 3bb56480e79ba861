"""Faults as data: which request is struck, and what happens to it.

Offsets count in the whole blob, also where a request asks for a part of it: one fault means the same to a client that
reads a blob in one piece and to one that reads it in parts.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from typing import Literal, TypeAlias, cast

from msgspec import field

from olbuild.core.records import Frozen, Mutable

Ending = Literal["close", "reset", "stall"]
"""How a connection ends: in good order, with a reset, or never (open and silent)."""


class Answer(Frozen, kw_only=True):
    """Answer instead of the registry, once the body of the request was read; ``{host}`` in a header is the proxy's."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Redirect(Frozen, kw_only=True):
    """Send to the same path on another host, ``""`` for this one. Each address is new: ``?signed=1``, ``?signed=2``."""

    host: str = ""
    status: int = 307


class IgnoreRange(Frozen, kw_only=True):
    """Send everything, whatever range was asked for."""


class BreakUpload(Frozen, kw_only=True):
    """End the connection when ``at`` bytes of the request's body were read; the registry sees the end, too."""

    at: int
    ending: Ending


class Swallow(Frozen, kw_only=True):
    """Let the registry do what it was asked, and end the connection in place of its answer."""

    ending: Ending


class Break(Frozen, kw_only=True):
    """Send no byte of the blob from ``at`` on, and end the connection there."""

    at: int
    ending: Ending


class Flip(Frozen, kw_only=True):
    """Turn one bit of the byte at ``at``."""

    at: int


class Rewrite(Frozen, kw_only=True):
    """Replace bytes of a small body, and announce its new length."""

    old: bytes
    new: bytes


class Longer(Frozen, kw_only=True):
    """Send more bytes behind the body, and announce them."""

    extra: bytes


class Announce(Frozen, kw_only=True):
    """Announce that many bytes more (or fewer) than there are, send what there is and close."""

    difference: int


class Drip(Frozen, kw_only=True):
    """Send a body slowly, at ``rate`` bytes a second."""

    rate: float


BeforeRequest: TypeAlias = Answer | Redirect | BreakUpload | Swallow
AfterResponse: TypeAlias = Break | Flip | Rewrite | Longer | Announce | Drip
What: TypeAlias = BeforeRequest | IgnoreRange | AfterResponse

_BEFORE, _AFTER = (Answer, Redirect, BreakUpload, Swallow), (Break, Flip, Rewrite, Longer, Announce, Drip)


class Fault(Frozen, kw_only=True):
    """What happens, and when: to ``times`` requests (``None``: to all) that fit, from the ``first`` one on.

    A request fits by its method (``GET|HEAD``) and by a regular expression that is found in its target. Its body, or
    that of its answer, must have more than ``over`` bytes, and where an offset is struck, a byte there or behind it.
    """

    what: What
    method: str = "[A-Z]+"
    path: str = ""
    over: int = 0
    first: int = 1
    times: int | None = 1

    def fits(self, method: str, target: str) -> bool:
        """Whether the fault is about this kind of request."""
        return re.fullmatch(self.method, method) is not None and re.search(self.path, target) is not None

    def strikes(self, number: int) -> bool:
        """Whether the ``number``-th request that fits is struck; the first is 1."""
        return number >= self.first and (self.times is None or number < self.first + self.times)


class Plan(Mutable):
    """The faults of a proxy, and how often each has met a request that fits. Safe among threads."""

    faults: list[Fault] = field(default_factory=list)
    _met: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def replace(self, faults: Iterable[Fault]) -> None:
        """Begin anew with other faults."""
        with self._lock:
            self.faults = list(faults)
            self._met.clear()

    def before(self, method: str, target: str, end: int | None) -> BeforeRequest | None:
        """Return what happens to a request instead of the usual; ``end`` is the length of its body, if it is known."""
        return cast("BeforeRequest | None", self._strike(_BEFORE, method, target, end))

    def after(self, method: str, target: str, end: int) -> AfterResponse | None:
        """Return what happens to the body of an answer; ``end`` is where it ends in its blob."""
        return cast("AfterResponse | None", self._strike(_AFTER, method, target, end))

    def ignores_range(self, method: str, target: str) -> bool:
        """Whether everything is sent, whatever range was asked for."""
        return self._strike((IgnoreRange,), method, target, None) is not None

    def _strike(self, kinds: tuple[type, ...], method: str, target: str, end: int | None) -> What | None:
        """Return the first fault of some kinds that strikes; offsets behind the end of the body are not struck."""
        with self._lock:
            for number, fault in enumerate(self.faults):
                what = fault.what
                if not isinstance(what, kinds) or not fault.fits(method, target):
                    continue
                needed = what.at if isinstance(what, Break | Flip | BreakUpload) else fault.over
                if needed and end is not None and needed >= end:
                    continue
                self._met[number] = self._met.get(number, 0) + 1
                if fault.strikes(self._met[number]):
                    return what
        return None
