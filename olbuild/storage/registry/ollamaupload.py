"""A blob to Ollama's registry: in parts, to wherever each one is sent (ollama, ``server/upload.go``)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

import requests

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import RegistryError
from olbuild.storage.ports import Progress
from olbuild.storage.registry.breaks import ConnectionFailed
from olbuild.storage.registry.connections import BLOCK
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Answered
from olbuild.storage.registry.sending import Piece, SourceBroke, outgoing
from olbuild.storage.registry.tokens import Scopes

_CREATED, _REDIRECT, _UNAUTHORIZED = 201, 307, 401
_TAKEN = frozenset({200, 201, 202, 204})
_BINARY = {"Content-Type": "application/octet-stream"}

PARTS = 16
SMALLEST, LARGEST = 100 * 10**6, 1000 * 10**6
"""How many parts there should be, and the bounds of their size in bytes."""


def part_size(size: int) -> int:
    """Return the size of the parts of a blob: a sixteenth of it, within bounds."""
    return min(max(size // PARTS, SMALLEST), LARGEST)


class OllamaUpload:
    """The upload of one blob. A part that breaks is sent again; what is whole is not."""

    def __init__(
        self,
        provider: Provider,
        repository: str,
        scopes: Scopes,
        descriptor: Descriptor,
        content: Content,
        mount: str | None = None,
    ) -> None:
        """Prepare; nothing is sent yet. ``mount`` is a repository that has the blob, from which it may be taken."""
        self._provider = provider
        self._address = provider.address(provider.container(repository).upload_blob_url())
        if mount is not None:
            self._address += f"?{urlencode({'mount': str(descriptor.digest), 'from': mount})}"
        self._scopes = scopes
        self._descriptor = descriptor
        self._content = content
        self._what = f"the upload of {descriptor.digest} to {repository}"
        self._where = f"what is sent to {provider.endpoint.name}/{repository}"
        self._reported = 0

    def run(self, progress: Progress) -> None:
        """Send the blob; ``progress`` is told about bytes that are sent for the first time.

        Raises:
            IntegrityError: if the content does not match its descriptor.
            RegistryError: if the registry or the network failed too often.
            RefusedError: if it may not be sent.
        """
        begun = self._provider.do_request(self._address, "POST", data=b"", scopes=self._scopes)
        self._provider.expect(begun, set(_TAKEN), self._what)
        location = self._next(begun, self._address)
        drain(begun)
        if begun.status_code == _CREATED:  # the registry had it somewhere else
            return
        try:
            with outgoing(self._content, self._descriptor, self._where) as source:
                checks = []
                for offset, end in self._parts():
                    checks.append(self._md5(offset, end))
                    piece = Piece(source, offset, end, lambda sent: self._report(sent, progress))
                    location = self._send(piece, offset, end, location)
        except SourceBroke as error:
            raise error.reason from None
        self._finish(location, checks)

    def _parts(self) -> Iterator[tuple[int, int]]:
        size = part_size(self._descriptor.size)
        for offset in range(0, self._descriptor.size, size):
            yield offset, min(offset + size, self._descriptor.size)

    def _md5(self, offset: int, end: int) -> bytes:
        """Return the checksum of a part, which object storage compares; what counts is the blob's own digest."""
        digest, buffer = hashlib.md5(usedforsecurity=False), memoryview(bytearray(BLOCK))
        with self._content.open(offset, end - offset) as reader:
            while count := reader.readinto(buffer):
                digest.update(buffer[:count])
        return digest.digest()

    def _send(self, piece: Piece, offset: int, end: int, location: str) -> str:
        """Send a part, to the registry or to where it says; return where the next one goes."""
        headers = {**_BINARY, "X-Redirect-Uploads": "1", "Content-Range": f"{offset}-{end - 1}"}

        def patch() -> requests.Response:
            return self._provider.do_request(location, "PATCH", data=piece, headers=headers, scopes=self._scopes)

        response = self._insist(patch, _TAKEN | {_REDIRECT})
        following = self._next(response, location)
        drain(response)
        if response.status_code == _REDIRECT:
            # Where the part goes stands in Location; where the next one is announced, in Docker-Upload-Location.
            target = self._provider.transport.join(location, response.headers.get("Location", ""))
            # Without credentials: it is another host's, and its address is signed.
            drain(self._insist(lambda: self._provider.transport.send("PUT", target, _BINARY, piece), _TAKEN))
        return following

    def _finish(self, location: str, checks: list[bytes]) -> None:
        """Let the registry put the parts together."""
        digest = quote(str(self._descriptor.digest), safe="")
        etag = f"{hashlib.md5(b''.join(checks), usedforsecurity=False).hexdigest()}-{len(checks)}"
        target = f"{location}{'&' if '?' in location else '?'}digest={digest}&etag={etag}"
        response = self._provider.do_request(target, "PUT", data=b"", headers=_BINARY, scopes=self._scopes)
        self._provider.expect(response, set(_TAKEN), self._what)
        drain(response)

    def _insist(self, ask: Callable[[], requests.Response], wanted: frozenset[int]) -> requests.Response:
        """Ask until the answer is good, as the policy allows, and once more after a new token."""
        attempt, refused = 0, False
        while True:
            attempt += 1
            try:
                response = ask()
            except ConnectionFailed as error:
                if not self._provider.transport.pause(attempt, error.outcome):
                    raise
                continue
            if response.status_code in wanted:
                return response
            renewed = response.status_code == _UNAUTHORIZED and not refused
            refused = refused or renewed
            outcome = Answered(status=response.status_code, retry_after=response.headers.get("Retry-After"))
            if not renewed and not self._provider.transport.pause(attempt, outcome):
                raise self._provider.failure(response, self._what)
            drain(response)

    def _next(self, response: requests.Response, url: str) -> str:
        """Return where to go on; Ollama's own header counts more than ``Location``."""
        stated = response.headers.get("Docker-Upload-Location") or response.headers.get("Location")
        if not stated:
            if response.status_code == _CREATED:
                return url
            raise RegistryError(f"{self._provider.endpoint.name} gave no address to go on with {self._what}")
        return self._provider.transport.join(url, stated)

    def _report(self, sent: int, progress: Progress) -> None:
        """Report only what no earlier attempt has reported."""
        if sent > self._reported:
            progress(sent - self._reported)
            self._reported = sent
