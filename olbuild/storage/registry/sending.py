"""The bytes of an upload, on their way into a socket, verified before the last of them is given away.

The bytes of a file go from the kernel's cache to a plain socket by ``sendfile``, everything else through one reusable
buffer. A file that was verified when it was stored, and is in the same state still, is not hashed again; any other is
hashed in a second thread. The registry hashes what arrives as well, and makes nothing visible that does not match.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from typing import Protocol, Self

from olbuild.core.content import Content, Descriptor, FileContent, Reader, RegionContent, Verifier, file_state
from olbuild.core.errors import IntegrityError, OlbuildError
from olbuild.storage.registry.connections import BLOCK
from olbuild.storage.registry.hashing import Hashing
from olbuild.storage.registry.sockets import send_all, wait_for_room, wait_until_taken

_NO_SENDFILE = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSOCK}
_CONTENT = slice(2, 4)  # of a file's state: size and time of the last change of content
_LAST = 64 << 10  # bytes that are held back until everything is verified


class SourceBroke(Exception):
    """Carries an error of the source past whoever would take it for one of the registry."""

    def __init__(self, reason: OSError | OlbuildError) -> None:
        """Keep the error."""
        super().__init__(str(reason))
        self.reason = reason


class Pieces(Protocol):
    """Bytes that can be sent in pieces."""

    def send(self, sock: socket.socket, offset: int, end: int, report: Callable[[int], None]) -> None:
        """Send a piece, and report where sending is.

        Raises:
            SourceBroke: if the content cannot be read, or does not match; its last bytes are not sent then.
            OSError: if the connection breaks.
        """
        ...


class Outgoing(Pieces, Protocol):
    """Bytes that can be sent in pieces, and hold something open."""

    def close(self) -> None:
        """Release what is held."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_exception: object) -> None: ...


def outgoing(content: Content, descriptor: Descriptor, where: str) -> Outgoing:
    """Prepare content to be sent; ``where`` says in messages where it goes.

    Raises:
        SourceBroke: if it cannot be opened.
    """
    offset, whole = 0, content
    while isinstance(whole, RegionContent):
        offset, whole = offset + whole.offset, whole.whole
    if isinstance(whole, FileContent) and content.size == descriptor.size:
        try:
            return _File(whole, offset, descriptor, where)
        except OSError as error:
            raise SourceBroke(error) from error
    return _Stream(content, descriptor, where)


class Piece:
    """A request body: a piece of what is sent. An object that can be iterated is a stream to ``requests``."""

    def __init__(
        self, source: Pieces, offset: int, end: int, report: Callable[[int], None], stall: float | None = None
    ) -> None:
        """Describe the piece, from ``offset`` up to ``end``.

        ``stall`` is how many seconds the other side may take nothing of it, if less than usual.
        """
        self._stall = stall
        self._source = source
        self._offset = offset
        self._end = end
        self._report = report

    def __len__(self) -> int:
        return self._end - self._offset

    def __iter__(self) -> Iterator[Self]:
        """Yield the one thing to send: this."""
        yield self

    def send_to(self, sock: socket.socket) -> None:
        """Send everything; called by the connection."""
        if self._stall is not None:
            sock.settimeout(self._stall)
        self._source.send(sock, self._offset, self._end, self._report)
        wait_until_taken(sock)


class _File:
    """A file, or a region of one."""

    def __init__(self, file: FileContent, start: int, descriptor: Descriptor, where: str) -> None:
        self._start = start
        self._descriptor = descriptor
        self._where = where
        self._buffer: memoryview | None = None
        self._sendfile = True
        self._file = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
        self._state = file_state(os.fstat(self._file))
        if self._state[2] != file.size:
            os.close(self._file)
            raise SourceBroke(self._changed())
        known = self._state == file.verified
        self._hashing = None if known else Hashing(self._file, start, descriptor, where)

    def send(self, sock: socket.socket, offset: int, end: int, report: Callable[[int], None]) -> None:
        last = max(offset, end - _LAST) if end == self._descriptor.size else end
        self._send(sock, offset, last, report)
        if end == self._descriptor.size:
            self._confirm()
            self._send(sock, last, end, report)

    def _send(self, sock: socket.socket, offset: int, end: int, report: Callable[[int], None]) -> None:
        plain = type(sock) is socket.socket
        while offset < end:
            if self._hashing is not None:
                self._hashing.follow(offset)
            count = min(BLOCK, end - offset)
            sent = self._hand_over(sock, offset, count) if plain and self._sendfile else self._copy(sock, offset, count)
            if not sent:
                raise SourceBroke(
                    IntegrityError(f"{self._where}: {self._descriptor.digest} ended after {offset} bytes")
                )
            offset += sent
            report(offset)

    def _hand_over(self, sock: socket.socket, offset: int, count: int) -> int:
        """Let the kernel send; through a buffer from then on if it cannot."""
        while True:
            try:
                return os.sendfile(sock.fileno(), self._file, self._start + offset, count)
            except BlockingIOError:
                wait_for_room(sock)
            except OSError as error:
                if error.errno == errno.EIO:
                    raise SourceBroke(error) from error
                if error.errno not in _NO_SENDFILE:
                    raise
                self._sendfile = False
                return self._copy(sock, offset, count)

    def _copy(self, sock: socket.socket, offset: int, count: int) -> int:
        if self._buffer is None:
            self._buffer = memoryview(bytearray(BLOCK))
        try:
            count = os.preadv(self._file, [self._buffer[:count]], self._start + offset)
        except OSError as error:
            raise SourceBroke(error) from error
        send_all(sock, self._buffer[:count])
        return count

    def _confirm(self) -> None:
        if self._hashing is not None:
            try:
                self._hashing.finish()
            except (OSError, IntegrityError) as error:
                raise SourceBroke(error) from error
        now = file_state(os.fstat(self._file))
        if now[_CONTENT] != self._state[_CONTENT]:
            raise SourceBroke(self._changed())

    def _changed(self) -> IntegrityError:
        return IntegrityError(
            f"{self._where}: the file of {self._descriptor.digest} was changed while it was sent",
            hint="repeat when nothing writes to it any more",
        )

    def close(self) -> None:
        if self._hashing is not None:
            self._hashing.stop()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class _Stream:
    """Content that is no file: read, hashed and sent block by block. To go back means to begin again."""

    def __init__(self, content: Content, descriptor: Descriptor, where: str) -> None:
        self._content = content
        self._descriptor = descriptor
        self._where = where
        self._buffer = memoryview(bytearray(min(BLOCK, descriptor.size + 1)))
        self._reader: Reader | None = None
        self._verifier = Verifier(descriptor, where)

    def send(self, sock: socket.socket, offset: int, end: int, report: Callable[[int], None]) -> None:
        if self._reader is None or self._verifier.received != offset:
            self._restart()
        while self._verifier.received < offset:  # what is there already is read for the hash alone
            self._next(offset)
        while self._verifier.received < end:
            block = self._next(end)
            send_all(sock, block)
            report(self._verifier.received)

    def _restart(self) -> None:
        self.close()
        self._verifier = Verifier(self._descriptor, self._where)
        try:
            self._reader = self._content.open()
        except (OSError, OlbuildError) as error:
            raise SourceBroke(error) from error

    def _next(self, end: int) -> memoryview:
        """Read a block; the last one is returned only when everything matches."""
        assert self._reader is not None  # noqa: S101 - for the types
        block = self._buffer[: end - self._verifier.received]
        try:
            count = self._reader.readinto(block)
            self._verifier.update(block[:count])
            if not count or self._verifier.received == self._descriptor.size:
                self._verifier.update(bytes(self._reader.readinto(memoryview(bytearray(1)))))
                self._verifier.finish()
        except (OSError, OlbuildError) as error:
            raise SourceBroke(error) from error
        return block[:count]

    def close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
