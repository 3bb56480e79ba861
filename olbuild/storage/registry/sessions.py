"""Uploads as a registry knows them: opened, sent into, asked where they are, finished, cancelled.

Distribution-spec, "Pushing a blob in chunks" and "Mounting a blob from another repository". The address of an upload
may change with every answer, and its query is the registry's own: it is appended to and never parsed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import quote

import requests

from olbuild.core.content import Descriptor
from olbuild.core.errors import OlbuildError, RegistryError
from olbuild.core.records import Frozen
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Answered, Break, Broken, Outcome, is_transient
from olbuild.storage.registry.sending import Piece
from olbuild.storage.registry.tokens import Scopes
from olbuild.storage.registry.transport import Body
from olbuild.storage.registry.words import decimal

_CREATED, _ACCEPTED, _NO_CONTENT, _UNAUTHORIZED, _NOT_FOUND = 201, 202, 204, 401, 404
_NOT_KNOWN = {400, 404, 405, 410, 416}
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,19})")
_STREAM = {"Content-Type": "application/octet-stream"}
_LARGEST_LEAST = 1 << 30  # a registry that wants larger pieces than this wants the whole


class LostError(Exception):
    """A piece did not arrive; the upload may go on. ``outcome`` is what the retry policy is asked with."""

    def __init__(self, reason: OlbuildError, outcome: Outcome) -> None:
        """Keep the error that is raised when there is no further attempt."""
        super().__init__(reason.message)
        self.reason = reason
        self.outcome = outcome


class PiecesRefusedError(Exception):
    """The registry does not take pieces, or not of this size. ``response`` says so, body unread."""

    def __init__(self, response: requests.Response) -> None:
        """Keep the response."""
        super().__init__(response.status_code)
        self.response = response


class Session(Frozen, kw_only=True):
    """An upload. ``offset`` is how many bytes the registry has, ``least`` the smallest piece that it takes."""

    location: str
    offset: int = 0
    least: int = 0


class Sessions:
    """The uploads of one blob to one repository."""

    def __init__(self, provider: Provider, repository: str, scopes: Scopes, what: str) -> None:
        """Prepare; nothing is sent yet. ``what`` names the upload in messages."""
        self._provider = provider
        self._address = provider.address(provider.container(repository).upload_blob_url())
        self._scopes = scopes
        self._what = what

    def begin(self) -> Session:
        """Open an upload.

        Raises:
            RefusedError: if it may not be done.
            RegistryError: if the registry opens none.
        """
        begun = self._provider.do_request(self._address, "POST", data=b"", scopes=self._scopes)
        self._provider.expect(begun, {_ACCEPTED}, self._what)
        return self._opened(begun)

    def mount(self, descriptor: Descriptor, repository: str, scopes: Scopes) -> Session | None:
        """Take the blob over from another repository; where that is not possible, open an upload.

        Returns:
            the upload; ``None`` when nothing has to be sent.

        Raises:
            RefusedError, RegistryError: as ``begin`` does.
        """
        query = f"?mount={quote(str(descriptor.digest), safe='')}&from={quote(repository, safe='/')}"
        response = self._provider.do_request(f"{self._address}{query}", "POST", data=b"", scopes=self._scopes | scopes)
        if response.status_code == _ACCEPTED:
            return self._opened(response)
        drain(response)
        return None if response.status_code == _CREATED else self.begin()

    def resume(self, location: str, size: int) -> Session | None:
        """Ask how far an upload of ``size`` bytes is; ``None`` if the registry does not know it any more.

        Raises:
            RefusedError, RegistryError: if the registry does not say.
        """
        response = self._provider.do_request(location, scopes=self._scopes)
        if response.status_code in _NOT_KNOWN:
            drain(response)
            return None
        drain(self._provider.expect(response, {_NO_CONTENT}, self._what))
        offset = _received(response)
        if offset is None or offset > size:
            return None
        return self._moved(response, Session(location=location, offset=offset, least=_least(response)))

    def patch(self, session: Session, piece: Piece) -> Session:
        """Send a piece that begins at the session's offset.

        Returns:
            the upload as it is then.

        Raises:
            LostError: if it did not arrive.
            PiecesRefusedError: if the registry does not take pieces, or not of this size.
            ConnectionFailed: if no answer came.
        """
        end = session.offset + len(piece)
        headers = {**_STREAM, "Content-Range": f"{session.offset}-{end - 1}"}
        where = session.location
        response = self._provider.do_request(where, "PATCH", data=piece, headers=headers, scopes=self._scopes)
        status = response.status_code
        if status == _ACCEPTED:
            drain(response)
            received = _received(response)
            if received is not None and received != end:
                raise LostError(self._provider.failure(response, self._what), Broken(kind=Break.TRANSFER))
            return self._moved(response, Session(location=where, offset=end, least=session.least))
        if status in {_NOT_FOUND, _UNAUTHORIZED}:  # the token was renewed by now, if it could be
            raise LostError(self._provider.failure(response, self._what), Broken(kind=Break.TRANSFER))
        if is_transient(status):
            outcome = Answered(status=status, retry_after=response.headers.get("Retry-After"))
            raise LostError(self._provider.failure(response, self._what), outcome)
        raise PiecesRefusedError(response)

    def finish(self, session: Session, digest: str, body: Body, wait: float) -> requests.Response:
        """Send the rest, if there is one, and say which digest everything has.

        Args:
            session: the upload.
            digest: the digest.
            body: the rest.
            wait: seconds that the registry may need for its answer, in which it checks and moves what it received.

        Raises:
            ConnectionFailed: if no answer came.
        """
        separator = "&" if "?" in session.location else "?"
        target = f"{session.location}{separator}digest={quote(digest, safe='')}"
        return self._provider.do_request(target, "PUT", data=body, headers=_STREAM, scopes=self._scopes, wait=wait)

    def cancel(self, session: Session) -> None:
        """Let the registry forget what it has received; it would do so by itself after some days."""
        with suppress(OlbuildError):  # the reason for the cancellation is what the user must see
            drain(self._provider.do_request(session.location, "DELETE", scopes=self._scopes))

    def _opened(self, response: requests.Response) -> Session:
        drain(response)
        if not response.headers.get("Location"):
            raise RegistryError(f"{self._provider.endpoint.name} opened an upload without an address for it")
        return self._moved(response, Session(location=self._address, least=_least(response)))

    def _moved(self, response: requests.Response, session: Session) -> Session:
        location = response.headers.get("Location")
        if not location:
            return session
        where = self._provider.transport.join(session.location, location)
        return Session(location=where, offset=session.offset, least=session.least)


def _received(response: requests.Response) -> int | None:
    """Return how many bytes arrived; ``0-0`` is what registries say of an upload that is empty."""
    told = _RANGE.fullmatch(response.headers.get("Range", "").strip())
    if told is None:
        return None
    last = int(told[1])
    return last + 1 if last else 0


def _least(response: requests.Response) -> int:
    return min(decimal(response.headers.get("OCI-Chunk-Min-Length", "").strip()) or 0, _LARGEST_LEAST)
