"""Manifests as exact bytes: got, verified, put, and looked at again (distribution-spec, "Manifests")."""

from __future__ import annotations

from olbuild.core.content import MANIFEST_LIMIT, Descriptor, decode_json
from olbuild.core.errors import FormatError, IntegrityError, RegistryError
from olbuild.core.names import GRAPH_NODES, Digest
from olbuild.storage.registry.documents import read_document
from olbuild.storage.registry.failures import WEB_PAGE, drain, shown
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Break, Broken
from olbuild.storage.registry.tokens import Scopes
from olbuild.storage.registry.words import decimal

ACCEPT = ", ".join(sorted(GRAPH_NODES))

_OK, _NOT_FOUND = 200, 404
_STORED = frozenset({201})
_GENERIC = {"", "application/json", "application/octet-stream", "text/plain"}


class Manifests:
    """The manifests of one repository: ``accept`` are the types asked for, ``taken`` are statuses that mean stored."""

    def __init__(
        self, provider: Provider, repository: str, *, accept: str = ACCEPT, taken: frozenset[int] = _STORED
    ) -> None:
        """Prepare; nothing is sent yet."""
        self._accept = accept
        self._taken = taken
        self._provider = provider
        self._repository = repository
        self._name = f"{provider.endpoint.name}/{repository}"

    def head(self, reference: str, scopes: Scopes) -> tuple[str, int | None] | None:
        """Return digest (empty if not told) and size of a manifest, or ``None`` if there is none."""
        response = self._provider.do_request(
            self._url(reference), "HEAD", headers={"Accept": self._accept}, scopes=scopes
        )
        if response.status_code == _NOT_FOUND:
            drain(response)
            return None
        self._provider.expect(response, {_OK}, self._what(reference))
        drain(response)
        digest = response.headers.get("Docker-Content-Digest", "").strip()
        return digest, decimal(response.headers.get("Content-Length", ""))

    def get(self, reference: str, scopes: Scopes) -> tuple[Descriptor, bytes]:
        """Return a manifest with its descriptor, verified against the digest that was asked for and the one announced.

        Raises:
            NotFoundError: if there is none.
            IntegrityError: if a digest does not match.
            FormatError: if it is too large, not JSON, or of a kind that olbuild does not read.
            RegistryError: if the registry fails.
        """
        document = read_document(
            self._provider,
            self._url(reference),
            lambda url: self._provider.do_request(url, headers={"Accept": self._accept}, scopes=scopes),
            self._what(reference),
            limit=MANIFEST_LIMIT,
        )
        assert document is not None  # noqa: S101 - for the types: no status means that there is none
        response, data = document.response, document.data
        where = f"{self._name}: the manifest {reference}"
        digest = Digest.of(data)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        announced = response.headers.get("Docker-Content-Digest", "").strip()
        asked = reference if ":" in reference else ""
        if kind == "text/html" and asked != str(digest):
            raise RegistryError(
                f"{self._name} sent a web page instead of a manifest ({shown(response)})", hint=WEB_PAGE
            )
        for expected in (asked, announced):
            if expected.startswith("sha256:") and expected != str(digest):
                raise IntegrityError(
                    f"{where} should have the digest {expected[:80]} and has {digest}",
                    hint="the registry or something on the way changed it; nothing of it was kept",
                )
        media_type = _media_type(kind, data, where)
        return Descriptor(media_type=media_type, digest=digest, size=len(data)), data

    def put(self, reference: str, descriptor: Descriptor, data: bytes, scopes: Scopes) -> str:
        """Store exact bytes under a tag or their digest, and look at what is there afterwards.

        Returns:
            the subject that the registry has noted (``OCI-Subject``); empty if it has noted none.

        Raises:
            IntegrityError: if the registry then has something else.
            RefusedError: if it may not be done.
            RegistryError: if the registry fails.
        """
        noted = self.store(reference, descriptor, data, scopes)
        attempt, seen = 1, self.head(reference, scopes)
        # Replicas of a large registry may need a moment to agree.
        while seen is None and self._provider.transport.pause(attempt, Broken(kind=Break.TRANSFER)):
            attempt, seen = attempt + 1, self.head(reference, scopes)
        if seen is None:
            raise RegistryError(f"{self._name} accepted {self._what(reference)} and does not have it")
        self._compare(reference, seen[0], descriptor)
        return noted

    def store(self, reference: str, descriptor: Descriptor, data: bytes, scopes: Scopes) -> str:
        """Store exact bytes as ``put`` does, without looking at them afterwards.

        Raises:
            IntegrityError: if the registry says that it has stored something else.
            RefusedError: if it may not be done.
            RegistryError: if the registry fails.
        """
        headers = {"Content-Type": descriptor.media_type}
        response = self._provider.do_request(self._url(reference), "PUT", data=data, headers=headers, scopes=scopes)
        self._provider.expect(response, {*self._taken}, self._what(reference))
        drain(response)
        self._compare(reference, response.headers.get("Docker-Content-Digest", ""), descriptor)
        return response.headers.get("OCI-Subject", "").strip()

    def _compare(self, reference: str, told: str, descriptor: Descriptor) -> None:
        if told.startswith("sha256:") and told.strip() != str(descriptor.digest):
            raise IntegrityError(f"{self._name} has {told[:80]} as {reference} after {descriptor.digest} was put there")

    def _url(self, reference: str) -> str:
        return self._provider.address(self._provider.container(self._repository).manifest_url(reference))

    def _what(self, reference: str) -> str:
        return f"{self._repository}@{reference}" if ":" in reference else f"{self._repository}:{reference}"


def _media_type(announced: str, data: bytes, where: str) -> str:
    """Find the kind of a manifest: its own ``mediaType`` and ``Content-Type`` must not contradict each other.

    A manifest that is one kind to one reader and another to the next is an attack (image-spec, "mediaType").
    """
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    stated = document.get("mediaType")
    kind = stated if isinstance(stated, str) and stated else announced
    if kind not in GRAPH_NODES:
        raise FormatError(f"{where} is of the kind {kind[:100]!r}, which olbuild does not read")
    if announced not in _GENERIC and announced != kind:
        raise FormatError(f"{where} says it is {kind!r} and was announced as {announced[:100]!r}")
    return kind
