"""Blobs to a registry: POST opens an upload, PUT sends everything (distribution-spec, "POST then PUT").

That is the only way that every registry knows. When it breaks, the whole unit is repeated: an interrupted upload
cannot be continued in docker-registry 2.8, and a new POST works everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

import requests

from olbuild.core.content import Content, Descriptor, read_verified
from olbuild.core.errors import IntegrityError, OlbuildError, RegistryError
from olbuild.storage.ports import Progress
from olbuild.storage.registry.breaks import ConnectionFailed
from olbuild.storage.registry.failures import drain, failure, shown
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Answered, Break, Broken, Outcome
from olbuild.storage.registry.sending import Piece, SourceBroke, outgoing
from olbuild.storage.registry.tokens import Scopes

_CREATED, _ACCEPTED, _UNAUTHORIZED, _NOT_FOUND = 201, 202, 401, 404


class Upload:
    """The upload of one blob, with as many attempts as it needs."""

    def __init__(
        self, provider: Provider, repository: str, scopes: Scopes, descriptor: Descriptor, content: Content
    ) -> None:
        """Prepare; nothing is sent yet."""
        self._provider = provider
        self._address = provider.address(provider.container(repository).upload_blob_url())
        self._scopes = scopes
        self._descriptor = descriptor
        self._content = content
        self._what = f"the upload of {descriptor.digest} to {repository}"
        self._where = f"what is sent to {provider.endpoint.name}/{repository}"
        self._reported = 0

    def run(self, exists: Callable[[], bool], progress: Progress) -> None:
        """Send the blob.

        Args:
            exists: asks whether the registry has it; an answer that was lost may have been a success.
            progress: told about bytes that are sent for the first time.

        Raises:
            IntegrityError: if the content does not match its descriptor; the registry then keeps nothing of it.
            RegistryError: if the registry or the network failed too often.
            RefusedError: if it may not be sent.
        """
        attempt, refused = 0, False
        while True:
            attempt += 1
            try:
                response = self._attempt(progress)
            except ConnectionFailed as error:
                if not self._provider.transport.pause(attempt, error.outcome):
                    raise
            else:
                if response.status_code == _CREATED:
                    self._check(response)
                    return
                # The provider has renewed its token by now, if it could.
                renewed = response.status_code == _UNAUTHORIZED and not refused
                refused = refused or renewed
                if not renewed and not self._provider.transport.pause(attempt, _outcome(response)):
                    auth = self._provider.auth
                    raise failure(response, self._provider.endpoint, self._what, auth.note, auth.remedy)
                drain(response)
            if exists():
                return

    def _attempt(self, progress: Progress) -> requests.Response:
        """Open an upload and send everything."""
        begun = self._provider.do_request(self._address, "POST", data=b"", scopes=self._scopes)
        self._provider.expect(begun, {_ACCEPTED}, self._what)
        location = begun.headers.get("Location")
        drain(begun)
        if not location:
            raise RegistryError(f"{self._provider.endpoint.name} opened an upload without an address for it")
        location = self._provider.transport.join(self._address, location)
        # Appended and not parsed: the query is the registry's own, and may be signed.
        target = f"{location}{'&' if '?' in location else '?'}digest={quote(str(self._descriptor.digest), safe='')}"
        try:
            return self._put(target, progress)
        except ConnectionFailed:
            raise
        except Exception:
            self._cancel(location)
            raise

    def _put(self, target: str, progress: Progress) -> requests.Response:
        headers = {"Content-Type": "application/octet-stream"}
        if self._descriptor.size == 0:
            empty = read_verified(self._content, self._descriptor, self._where)
            return self._provider.do_request(target, "PUT", data=empty, headers=headers, scopes=self._scopes)
        try:
            with outgoing(self._content, self._descriptor, self._where) as source:
                body = Piece(source, 0, self._descriptor.size, lambda sent: self._report(sent, progress))
                return self._provider.do_request(target, "PUT", data=body, headers=headers, scopes=self._scopes)
        except SourceBroke as error:
            raise error.reason from None

    def _report(self, sent: int, progress: Progress) -> None:
        """Report only what no earlier attempt has reported."""
        if sent > self._reported:
            progress(sent - self._reported)
            self._reported = sent

    def _check(self, response: requests.Response) -> None:
        """Compare the digest that the registry names, if it names one."""
        stored = response.headers.get("Docker-Content-Digest", "")
        where = shown(response)
        drain(response)
        if stored.startswith("sha256:") and stored != str(self._descriptor.digest):
            raise IntegrityError(f"{self._provider.endpoint.name} stored {self._what} as {stored[:80]} ({where})")

    def _cancel(self, location: str) -> None:
        """Let the registry forget what it has received; it would do so by itself after some days."""
        with suppress(OlbuildError):  # the reason for the cancellation is what the user must see
            drain(self._provider.do_request(location, "DELETE", scopes=self._scopes))


def _outcome(response: requests.Response) -> Outcome:
    """Classify the answer to PUT; an upload that the registry has lost is begun anew like a lost connection."""
    if response.status_code == _NOT_FOUND:
        return Broken(kind=Break.TRANSFER)
    return Answered(status=response.status_code, retry_after=response.headers.get("Retry-After"))
