"""Sockets on the way out: waiting that ends when the other side takes nothing any more, or answers early."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
import time

_SHORTEST, _LONGEST = 0.0005, 0.1  # seconds between two looks at a socket


class EarlyAnswer(BrokenPipeError):
    """The server answered before it had everything: the rest need not be sent (RFC 9112, section 9.5)."""


def send_all(sock: socket.socket, data: memoryview) -> None:
    """Send through the interpreter. The timeout is for each step: a slow connection is no silent one.

    Raises:
        EarlyAnswer: if there is an answer.
        OSError: if the connection breaks, or nothing is taken for too long.
    """
    if type(sock) is socket.socket and _is_readable(sock):
        raise EarlyAnswer
    while data:
        data = data[sock.send(data) :]


def wait_for_room(sock: socket.socket) -> None:
    """Wait until there is room in the socket.

    Raises:
        EarlyAnswer: if there is an answer.
        TimeoutError: if nothing is taken for too long.
    """
    timeout = sock.gettimeout()
    poll = select.poll()
    poll.register(sock, select.POLLOUT | select.POLLIN)
    ready = poll.poll(None if timeout is None else timeout * 1000)
    if not ready:
        raise TimeoutError("timed out")
    if ready[0][1] & ~select.POLLOUT:
        raise EarlyAnswer


def wait_until_taken(sock: socket.socket) -> None:
    """Wait until the other side's system has everything: an answer is waited for much longer than that.

    Raises:
        TimeoutError: if nothing is taken for too long.
    """
    timeout, left, pause = sock.gettimeout(), -1, _SHORTEST
    since = time.monotonic()
    while not _is_readable(sock):
        try:
            (now,) = struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, b"\0" * 4))
        except OSError:
            return  # this system does not tell
        if not now:
            return
        if now != left:
            left, since = now, time.monotonic()
        elif timeout is not None and time.monotonic() - since > timeout:
            raise TimeoutError("timed out")
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST)


def _is_readable(sock: socket.socket) -> bool:
    """Whether there is something to read; with TLS that could be a message of the protocol's own."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
