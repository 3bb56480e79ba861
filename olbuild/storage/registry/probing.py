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
                known = probe_sessions(provider, sessions)
            except OlbuildError:
                return False  # nothing was learnt, and whoever sends the blob will see what is wrong
            provider.known.learn(sessions=known)
    return known


def probe_sessions(provider: Provider, sessions: Sessions) -> bool:
    """Send a piece, cut off a second one, and look whether the upload can go on from where it is then.

    Raises:
        OlbuildError: if the registry cannot be asked.
    """
    session = sessions.begin()
    try:
        return _continues(provider, sessions, session)
    except (LostError, PiecesRefusedError):
        return False
    finally:
        sessions.cancel(session)


def _continues(provider: Provider, sessions: Sessions, session: Session) -> bool:
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
            return False
        if found.offset > size or looks == _LOOKS:
            sessions.patch(found, Piece(_Zeros(), found.offset, found.offset + size, _ignore))
            return True


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
