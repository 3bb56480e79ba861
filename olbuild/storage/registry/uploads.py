"""Blobs to a registry: taken over from another repository, sent as one, or in pieces that can be continued.

``POST`` opens an upload and ``PUT`` sends everything (distribution-spec, "POST then PUT"): that is the only way that
every registry knows, and the fastest. When it breaks, the whole is repeated. Where a registry keeps what it received of
an upload that was cut off, which is tried out once (``probing``), large blobs go in pieces (``PATCH``), and the next
attempt, or the next process, goes on where the last one ended.
"""

from __future__ import annotations

from collections.abc import Callable

import requests

from olbuild.core.content import Content, Descriptor
from olbuild.core.errors import IntegrityError, OlbuildError
from olbuild.storage.parts import Stopped, current
from olbuild.storage.ports import Progress
from olbuild.storage.registry.breaks import ConnectionFailed
from olbuild.storage.registry.failures import drain, shown
from olbuild.storage.registry.pending import Pending, claim
from olbuild.storage.registry.probing import keeps_sessions
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Answered, Break, Broken, Outcome
from olbuild.storage.registry.sending import Outgoing, Piece, SourceBroke, outgoing
from olbuild.storage.registry.sessions import LostError, PiecesRefusedError, Session, Sessions
from olbuild.storage.registry.tokens import Scopes, repository_scopes

_CREATED, _UNAUTHORIZED, _NOT_FOUND, _TOO_LARGE = 201, 401, 404, 413
_ELSEWHERE = 416  # a piece does not begin where the upload ends (distribution-spec, "Pushing a blob in chunks")
_SMALLER = 32 << 20  # bytes of a piece, when a registry or a proxy before it refuses the whole for its size
_SMALLEST = 1 << 20
PIECE = 64 << 20
"""Bytes of an upload that may have to be sent again when it was cut off, where a registry keeps something."""
_SPLIT = "push it again: large layers go there in parts from now on (layer_limit in the configuration says how large)"
_RATE = 50 << 20  # bytes in a second at which a registry must at least check and move what it has received


class Upload:
    """The upload of one blob, with as many attempts as it needs."""

    def __init__(
        self,
        provider: Provider,
        repository: str,
        scopes: Scopes,
        descriptor: Descriptor,
        content: Content,
        mount: str | None = None,
    ) -> None:
        """Prepare; nothing is sent yet. ``mount`` is another repository of the registry that perhaps has the blob."""
        self._provider = provider
        self._repository = repository
        self._descriptor = descriptor
        self._content = content
        self._mount = mount
        self._what = f"the upload of {descriptor.digest} to {repository}"
        self._where = f"what is sent to {provider.endpoint.name}/{repository}"
        self._sessions = Sessions(provider, repository, scopes, self._what)
        self._piece = provider.transport.patience.piece or PIECE
        self._stall = 0.0  # seconds in which the registry must take something
        self._too_large: OlbuildError | None = None  # why smaller pieces are tried
        self._whole = False  # pieces were tried in vain
        self._broken = False
        self._received = 0  # bytes that the registry has and keeps
        self._reported = 0
        self._asked = -1  # where the registry said it was when a piece for that place was refused

    def run(self, exists: Callable[[], bool], progress: Progress) -> None:
        """Send the blob.

        Args:
            exists: asks whether the registry has it; an answer that was lost may have been a success.
            progress: told about bytes that are sent for the first time, or were there already.

        Raises:
            IntegrityError: if the content does not match its descriptor; the registry then keeps nothing of it.
            RegistryError: if the registry or the network failed too often.
            RefusedError: if it may not be sent.
        """
        endpoint = self._provider.endpoint

        def report(sent: int) -> None:
            stop = current()
            if stop is not None:
                stop.check()
            if sent > self._reported:
                progress(sent - self._reported)
                self._reported = sent

        try:
            with (
                claim(self._provider.uploads, endpoint, self._repository, self._descriptor) as pending,
                outgoing(self._content, self._descriptor, self._where) as source,
            ):
                self._run(pending, source, exists, report)
                pending.forget()
        except SourceBroke as error:
            raise error.reason from None
        report(self._descriptor.size)

    def _run(
        self, pending: Pending, source: Outgoing, exists: Callable[[], bool], report: Callable[[int], None]
    ) -> None:
        attempt, refused, received = 0, False, 0
        reason: OlbuildError
        outcome: Outcome
        while True:
            attempt += 1
            # A registry may be busy elsewhere for a while: the next time it is given more.
            patience = self._provider.transport.patience
            self._stall = min(patience.idle, patience.silence * 2 ** (attempt - 1))
            try:
                response = self._attempt(pending, source, report)
            except ConnectionFailed as error:
                reason, outcome, self._broken = error, error.outcome, True
            except LostError as error:
                reason, outcome, self._broken = error.reason, error.outcome, True
            except PiecesRefusedError as error:
                if not self._do_without(error.response, pending):
                    raise self._too_large or self._provider.failure(error.response, self._what) from None
                continue
            else:
                if response is None or response.status_code == _CREATED:
                    self._check(response)
                    return
                status = response.status_code
                # The provider has renewed its token by now, if it could.
                renewed, refused = status == _UNAUTHORIZED and not refused, refused or status == _UNAUTHORIZED
                reason, outcome = self._provider.failure(response, self._what), _outcome(response)
                if renewed or (status == _TOO_LARGE and self._take_smaller_pieces(reason)):
                    continue
            if self._received > received:
                attempt, received = 1, self._received
            if not self._provider.transport.pause(attempt, outcome):
                raise reason
            if exists():
                return

    def _attempt(self, pending: Pending, source: Outgoing, report: Callable[[int], None]) -> requests.Response | None:
        """Go on where the last attempt ended, or begin; ``None`` if the blob was taken over from elsewhere."""
        if pending.address:
            session = self._sessions.resume(pending.address, self._descriptor.size)
            if session is not None:
                return self._go_on(session, pending, source, report)
            pending.forget()
            if self._broken and self._too_large is None:  # so it does not keep what was cut off
                self._whole = True
                self._provider.known.learn(sessions=False)
        in_pieces = self._goes_in_pieces()
        session = self._begin()
        if session is None:
            return None
        if in_pieces:
            return self._send_pieces(session, pending, source, report)
        return self._send_whole(session, source, report)

    def _go_on(
        self, session: Session, pending: Pending, source: Outgoing, report: Callable[[int], None]
    ) -> requests.Response:
        """Send from where the registry said it was; it is asked again if it was still writing what had come by then."""
        try:
            return self._send_pieces(session, pending, source, report)
        except PiecesRefusedError as error:
            if error.response.status_code != _ELSEWHERE or session.offset <= self._asked:
                raise
            self._asked = session.offset
            raise LostError(self._provider.failure(error.response, self._what), Broken(kind=Break.TRANSFER)) from None

    def _goes_in_pieces(self) -> bool:
        if self._descriptor.size <= self._piece or self._whole:
            return False
        return self._too_large is not None or keeps_sessions(self._provider, self._sessions)

    def _begin(self) -> Session | None:
        repository, self._mount = self._mount, None
        if repository is None:
            return self._sessions.begin()
        scopes = repository_scopes(self._provider.endpoint.repository(repository), "pull")
        session = self._sessions.mount(self._descriptor, self._provider.endpoint.repository(repository), scopes)
        if session is None:
            self._provider.known.learn(mounts=True)
        return session

    def _send_whole(self, session: Session, source: Outgoing, report: Callable[[int], None]) -> requests.Response:
        size = self._descriptor.size
        try:
            return self._finish(session, Piece(source, 0, size, report, self._stall) if size else b"")
        except (ConnectionFailed, Stopped):
            raise
        except Exception:
            self._sessions.cancel(session)
            raise

    def _send_pieces(
        self, session: Session, pending: Pending, source: Outgoing, report: Callable[[int], None]
    ) -> requests.Response:
        size = self._descriptor.size
        whole = self._provider.known.facts.streams and self._provider.transport.patience.piece is None
        piece = size if whole and self._too_large is None else max(self._piece, session.least)
        try:
            while True:
                pending.keep(session.location)
                self._received = max(self._received, session.offset)
                report(session.offset)
                if session.offset == size:
                    break
                end = min(session.offset + piece, size)
                session = self._sessions.patch(session, Piece(source, session.offset, end, report, self._stall))
            response = self._finish(session, b"")
        except SourceBroke:
            pending.forget()
            self._sessions.cancel(session)
            raise
        if response.status_code != _CREATED:
            pending.forget()
        return response

    def _finish(self, session: Session, body: Piece | bytes) -> requests.Response:
        wait = self._provider.transport.patience.idle + self._descriptor.size / _RATE
        return self._sessions.finish(session, str(self._descriptor.digest), body, wait)

    def _do_without(self, response: requests.Response, pending: Pending) -> bool:
        """Send smaller pieces, or none at all, after one was refused; false if there is no other way."""
        if response.status_code == _TOO_LARGE:
            return self._take_smaller_pieces(self._provider.failure(response, self._what))
        if self._too_large is not None:
            return False
        drain(response)
        pending.forget()
        self._whole = True
        self._provider.known.learn(sessions=False)
        return True

    def _take_smaller_pieces(self, reason: OlbuildError) -> bool:
        """Send smaller pieces from now on; false if they are small already."""
        piece = _SMALLER if self._too_large is None else self._piece // 2
        self._too_large = self._too_large or reason
        if self._whole or piece < _SMALLEST or self._descriptor.size <= piece:
            known = self._provider.known
            known.learn(layer_refused=min(self._descriptor.size, known.facts.layer_refused or self._descriptor.size))
            self._too_large.hint = _SPLIT
            return False
        self._piece = min(self._piece, piece)
        return True

    def _check(self, response: requests.Response | None) -> None:
        """Compare the digest that the registry names, if it names one."""
        if response is None:
            return
        stored = response.headers.get("Docker-Content-Digest", "")
        where = shown(response)
        drain(response)
        if stored.startswith("sha256:") and stored != str(self._descriptor.digest):
            raise IntegrityError(f"{self._provider.endpoint.name} stored {self._what} as {stored[:80]} ({where})")


def _outcome(response: requests.Response) -> Outcome:
    """Classify the answer to PUT; an upload that the registry has lost is begun anew like a lost connection."""
    if response.status_code == _NOT_FOUND:
        return Broken(kind=Break.TRANSFER)
    return Answered(status=response.status_code, retry_after=response.headers.get("Retry-After"))
