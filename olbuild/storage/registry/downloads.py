"""Blobs from a registry as streams: in constant memory, and taken up again where a connection broke."""

from __future__ import annotations

import errno
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import requests

from olbuild.core.content import Descriptor, Reader, Slots, WholeOnlyError
from olbuild.core.errors import IntegrityError, RegistryError
from olbuild.storage.parts import current
from olbuild.storage.registry.bodies import Body
from olbuild.storage.registry.breaks import BROKEN, broken
from olbuild.storage.registry.failures import WEB_PAGE, drain, shown
from olbuild.storage.registry.hosts import authority
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.slowness import Drip
from olbuild.storage.registry.tokens import Scopes
from olbuild.storage.registry.words import decimal

_CONTENT_RANGE = re.compile(r"bytes\s+([0-9]{1,19})-([0-9]{1,19})/([0-9]{1,19}|\*)")
_PROGRESS = 1 << 20  # bytes after which a transfer that breaks again counts as a new piece of bad luck
_OK, _PARTIAL, _RANGE = 200, 206, 416
_EXPIRED = {400, 403, 410}  # of another host: what a signed address answers when its time is over
_HOPEFUL = 2  # attempts in which a connection is compared to better ones
_AFTER_A_BREAK = 16 << 20
_ANSWER = 15.0  # seconds until the answer to a question for a blob must begin
_SKIP = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteContent:
    """The bytes of a blob in a registry. Not verified here: whoever reads them whole does that.

    ``origin`` says in messages where the bytes come from.
    """

    provider: Provider = field(repr=False)
    url: str
    descriptor: Descriptor
    scopes: Scopes
    origin: str

    @property
    def size(self) -> int:
        """How many bytes there are, as the descriptor says."""
        return self.descriptor.size

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset, at most ``size`` bytes; the registry is asked at the first read."""
        end = self.size if size is None else min(offset + size, self.size)
        return _Download(self, min(offset, end), end)

    @property
    def parallel(self) -> Slots:
        """The registry's connections."""
        return self.provider.connections

    def open_part(self, offset: int, size: int) -> Reader:
        """Begin to read a part; see ``ParallelContent``."""
        end = min(offset + size, self.size)
        return _Download(self, min(offset, end), end, part=True)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset with a request of its own."""
        end = min(offset + size, self.size)
        data = bytearray(max(0, end - offset))
        filled = 0
        with self.open(offset, size) as reader, memoryview(data) as view:
            while filled < len(data) and (count := reader.readinto(view[filled:])):
                filled += count
        return bytes(data[:filled])


class _Download:
    """Reads from ``offset`` up to ``end``.

    Every connection starts at the registry's own address: the one that it redirects to is often signed for some
    minutes only.
    """

    def __init__(self, content: RemoteContent, offset: int, end: int, *, part: bool = False) -> None:
        self._content = content
        self._provider = content.provider
        self._offset = offset
        self._end = end
        self._part = part
        self._body: Body | None = None
        self._until = end
        self._broken = False
        self._attempt = 1
        self._counted_from = offset
        self._ended_at = -1
        self._renewed_at = -1
        self._drip = Drip(0)
        patience = content.provider.transport.patience
        self._wait = min(_ANSWER, patience.idle)
        self._silence = min(patience.silence, patience.idle)

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer; connect again when the connection breaks or hardly moves, as the policy allows.

        Raises:
            WholeOnlyError: if a part was asked for, and the registry would send everything before.
            IntegrityError: if the registry has another number of bytes than the descriptor says.
            NotFoundError: if it does not have the blob.
            RegistryError: if the registry or the network failed too often.
        """
        if not len(buffer):
            return 0
        if self._offset >= self._end:
            return self._finish()
        while True:
            try:
                body = self._body or self._connect()
                count = body.readinto(buffer[: self._until - self._offset])
            except BROKEN as cause:
                self._break_off(cause)
                continue
            if count:
                self._offset += count
                if self._crawls(count):
                    self._break_off(TimeoutError(errno.ETIMEDOUT, "it was too slow"))
                if self._offset == self._until < self._end:
                    self.close()  # there is more, to be asked for
                return count
            self._end_early()

    def close(self) -> None:
        """Drop the connection, unless everything was read from it."""
        body, self._body = self._body, None
        if body is not None:
            stop = current()
            if stop is not None:
                stop.unwatch(self)
            body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _connect(self) -> Body:
        """Ask for the rest, and check that what is announced is the rest."""
        content = self._content
        # After a break not everything at once: who reads may by then want less of it, and drop what is on its way.
        self._until = min(self._end, self._offset + _AFTER_A_BREAK) if self._broken else self._end
        part = self._offset > 0 or self._until < content.size
        headers = {"Range": f"bytes={self._offset}-{self._until - 1}"} if part else {}
        response = self._provider.do_request(content.url, headers=headers, scopes=content.scopes, wait=self._wait)
        if response.status_code == _RANGE:
            drain(response)
            raise self._wrong("fewer")
        self._renew(response)
        self._provider.expect(response, {_OK, _PARTIAL}, f"the blob {content.descriptor.digest}")
        body = Body(response, self._silence)
        stop = current()
        if stop is not None:
            stop.watch(self, body.cut)
        self._body = body
        try:
            self._check(response)
            if response.status_code == _OK:
                self._until = self._end
                self._skip(body)
        except BaseException:
            self.close()
            raise
        self._drip = Drip(time.monotonic())
        return body

    def _renew(self, response: requests.Response) -> None:
        """See whether a signed address was too old, once at each place; the next attempt gets a new one."""
        old = response.status_code in _EXPIRED and not self._provider.endpoint.owns(response.url)
        if old and self._renewed_at != self._offset:
            self._renewed_at = self._offset
            drain(response)
            said = f"{authority(response.url)} answered {response.status_code}"
            raise ConnectionAbortedError(errno.ECONNABORTED, said)

    def _check(self, response: requests.Response) -> None:
        """Compare the announced size with the descriptor's."""
        size = self._content.size
        if response.status_code == _PARTIAL:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
            if match is None or int(match[1]) != self._offset:
                raise RegistryError(f"{self._content.origin} sent another range than was asked for ({shown(response)})")
            total = size if match[3] == "*" else int(match[3])
        else:
            announced = decimal(response.headers.get("Content-Length", ""))
            total = size if announced is None else announced
        if total == size:
            return
        if "html" in response.headers.get("Content-Type", "") and "html" not in self._content.descriptor.media_type:
            raise RegistryError(
                f"{self._content.origin} sent a web page instead of a blob ({shown(response)})", hint=WEB_PAGE
            )
        raise self._wrong("more" if total > size else "fewer")

    def _skip(self, body: Body) -> None:
        """Pass over what was read before: this registry sends a blob only from its start."""
        if self._part and self._offset:
            raise WholeOnlyError
        left, buffer = self._offset, memoryview(bytearray(_SKIP))
        while left:
            skipped = body.readinto(buffer[:left])
            if not skipped:
                raise self._wrong("fewer")
            left -= skipped

    def _crawls(self, count: int) -> bool:
        """Whether the connection hardly moves. Others may be better, but not for ever: then the line is slow."""
        now, connections = time.monotonic(), self._provider.connections
        slow = self._drip.slow(count, now, connections.best if self._attempt <= _HOPEFUL else 0.0)
        connections.moved(self._drip.rate(now))
        return slow and self._offset < self._end

    def _break_off(self, cause: Exception) -> None:
        """Wait for the next attempt, or give up."""
        url = self._content.url if self._body is None else self._body.response.url
        self.close()
        error = broken(cause, self._provider.endpoint, url)
        if self._offset - self._counted_from >= _PROGRESS:
            self._attempt, self._counted_from = 1, self._offset
        if not self._provider.transport.pause(self._attempt, error.outcome):
            at = f"at byte {self._offset} of {self._content.size} of {self._content.descriptor.digest}"
            raise RegistryError(f"{error.message}, {at}", hint=error.hint) from None
        self._attempt += 1
        self._broken = True

    def _end_early(self) -> None:
        """The body ended in good order and is too short. Without a length that can be a lost connection: ask again."""
        self.close()
        if self._ended_at == self._offset:
            raise self._wrong("fewer")
        self._ended_at = self._offset

    def _finish(self) -> int:
        """Make sure that nothing trails behind the last byte of the blob."""
        if self._body is not None and self._end == self._content.size:
            trailing = 0
            with suppress(*BROKEN):  # everything arrived; how the connection ends does not matter
                trailing = self._body.readinto(memoryview(bytearray(1)))
            if trailing:
                self.close()
                raise self._wrong("more")
        self.close()
        return 0

    def _wrong(self, more_or_fewer: str) -> IntegrityError:
        descriptor = self._content.descriptor
        return IntegrityError(
            f"{self._content.origin} sends {more_or_fewer} than the {descriptor.size} bytes of {descriptor.digest}",
            hint="the registry or something on the way changed it; nothing of it was kept",
        )
