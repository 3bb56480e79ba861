"""Whether a registry keeps an upload that was cut off, tried out: the specification does not say."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress

from olbuild.core.errors import OlbuildError
from olbuild.storage.registry.breaks import ConnectionFailed
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.sending import Piece
from olbuild.storage.registry.sessions import LostError, PiecesRefusedError, Session, Sessions

_PIECE = 64 << 10
_LOOKS = 5
_PAUSE = 0.1  # seconds in which a registry should notice that a connection is gone


def keeps_sessions(provider: Provider, sessions: Sessions) -> bool:
    """Whether an upload that was cut off can be continued; tried out if it is not known, and remembered."""
    known = provider.known.facts.sessions
    if known is not None:
        return known
    with provider.probing:
        known = provider.known.facts.sessions  # another thread may have found out
        if known is None:
            try:
                probe_sessions(provider, sessions)
            except OlbuildError:
                return False  # nothing was learnt, and whoever sends the blob will see what is wrong
    return bool(provider.known.facts.sessions)


def probe_sessions(provider: Provider, sessions: Sessions) -> None:
    """Send a piece, cut off a second one, look whether the upload can go on from where it is then, and remember it.

    Raises:
        OlbuildError: if the registry cannot be asked.
    """
    session = sessions.begin()
    try:
        offset, boundary = _cut_off(provider, sessions, session)
    except (LostError, PiecesRefusedError):
        offset, boundary = 0, 1
    finally:
        sessions.cancel(session)
    provider.known.learn(sessions=offset >= boundary, streams=offset > boundary)


def _cut_off(provider: Provider, sessions: Sessions, session: Session) -> tuple[int, int]:
    """Return how much a registry has after a piece was cut off, and how much it had before that piece."""
    size = max(_PIECE, session.least)
    session = sessions.patch(session, Piece(_Zeros(), 0, size, _ignore))
    with suppress(_CutOff, ConnectionFailed):
        sessions.patch(session, Piece(_Zeros(stop=size + size // 2), size, 2 * size, _ignore))
    looks = 0
    while True:
        looks += 1
        provider.transport.patience.sleep(_PAUSE)
        found = sessions.resume(session.location, 2 * size)
        if found is None or found.offset < size:
            return 0, size
        if found.offset > size or looks == _LOOKS:
            sessions.patch(found, Piece(_Zeros(), found.offset, found.offset + size, _ignore))
            return found.offset, size


class _CutOff(Exception):
    """Ends a request in the middle of its body."""


class _Zeros:
    """Bytes of no meaning, cut off at an offset if there is one."""

    def __init__(self, stop: int | None = None) -> None:
        self._stop = stop

    def send(self, sock: socket.socket, offset: int, end: int, report: Callable[[int], None]) -> None:
        sock.sendall(bytes((end if self._stop is None else self._stop) - offset))
        report(end)
        if self._stop is not None:
            raise _CutOff


def _ignore(_sent: int) -> None:
    """Report nothing."""
