"""What points to a manifest (distribution-spec, "Listing Referrers" and "Pushing Manifests with Subject").

A registry without the referrers API keeps the list as an index under a tag that is made of the subject's digest, and
whoever pushes a manifest with a subject writes that index.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import quote

from olbuild.core.content import Descriptor, canonical_json, decode_json, successors
from olbuild.core.content.canonical import Json
from olbuild.core.content.descriptor import text_map
from olbuild.core.errors import FormatError, NotFoundError, RegistryError
from olbuild.core.names import INDEXES, Digest, MediaType
from olbuild.core.records import Frozen
from olbuild.storage.registry.documents import read_pages
from olbuild.storage.registry.manifests import Manifests
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.retry import Break, Broken
from olbuild.storage.registry.tokens import Scopes

_NO_API = {400, 404, 405, 501}
_MOST = 20_000
_WRITING = threading.Lock()

_List: TypeAlias = tuple[Descriptor, ...]


class Referrer(Frozen, kw_only=True):
    """A manifest that has a subject: how it stands in the subject's list, and the subject's digest."""

    descriptor: Descriptor
    subject: Digest


def read_referrer(descriptor: Descriptor, data: bytes, where: str) -> Referrer | None:
    """Read a manifest's subject; ``None`` if it has none.

    The descriptor gets the manifest's ``artifactType`` (else its config's media type) and all its annotations.

    Raises:
        FormatError: if the manifest is malformed.
    """
    document = decode_json(data, where)
    subject = document.get("subject") if isinstance(document, dict) else None
    if not isinstance(document, dict) or subject is None:
        return None
    kind, config = document.get("artifactType"), document.get("config")
    if not kind and isinstance(config, dict):
        kind = config.get("mediaType")
    listed = Descriptor(
        media_type=descriptor.media_type,
        digest=descriptor.digest,
        size=len(data),
        artifact_type=kind if isinstance(kind, str) else None,
        annotations=text_map(document.get("annotations"), f"{where}: annotations"),
    )
    return Referrer(descriptor=listed, subject=Descriptor.from_json(subject, f"{where}: subject").digest)


class ReferrersIndex:
    """The referrers of the manifests of one repository."""

    def __init__(self, provider: Provider, repository: str, manifests: Manifests) -> None:
        """Prepare; nothing is sent yet."""
        self._provider = provider
        self._manifests = manifests
        self._repository = repository
        self._label = f"{provider.endpoint.name}/{repository}"
        container = provider.container(repository)
        self._address = provider.address(f"{container.registry}/v2/{container.api_prefix}/referrers/")

    def find(self, subject: Digest, artifact_type: str | None, scopes: Scopes) -> _List:
        """Return what points to a manifest, if wanted of one type only; nothing if nobody ever heard of it.

        Raises:
            FormatError: if the list is malformed.
            RegistryError: if it has no end, or the registry fails.
        """
        found = self._from_api(subject, artifact_type, scopes)
        if found is not None:
            return found
        return _filtered(self._from_tag(subject, scopes)[0], artifact_type)

    def probe(self, scopes: Scopes) -> None:
        """Find out, with a subject that nobody knows, whether the registry has the referrers API.

        Raises:
            RefusedError, RegistryError: as the registry fails.
        """
        self._ask_api(Digest.of(secrets.token_bytes()), None, scopes)

    def add(self, referrer: Referrer, scopes: Scopes) -> None:
        """Write a referrer into its subject's index, if the registry keeps no list of its own.

        Raises:
            RefusedError, RegistryError, FormatError: as reading and writing the index fails.
        """
        if self._from_api(referrer.subject, None, scopes) is None:
            listed = referrer.descriptor
            self._change(
                referrer.subject, lambda found: found if listed.digest in _digests(found) else (*found, listed), scopes
            )

    def remove(self, referrer: Referrer, scopes: Scopes) -> None:
        """Take a referrer that was deleted out of its subject's index, if there is one.

        Raises:
            RefusedError, RegistryError, FormatError: as reading and writing the index fails.
        """
        gone = referrer.descriptor.digest
        if self._from_api(referrer.subject, None, scopes) is None:
            self._change(referrer.subject, lambda found: tuple(one for one in found if one.digest != gone), scopes)

    def _from_api(self, subject: Digest, artifact_type: str | None, scopes: Scopes) -> _List | None:
        """Ask the referrers API; ``None`` if there is none, which is not asked about again for a while."""
        if self._provider.known.facts.referrers is False:
            return None
        return self._ask_api(subject, artifact_type, scopes)

    def _ask_api(self, subject: Digest, artifact_type: str | None, scopes: Scopes) -> _List | None:
        query = f"?artifactType={quote(artifact_type, safe='')}" if artifact_type else ""
        what = f"the referrers of {self._repository}@{subject}"
        accept = {"Accept": str(MediaType.OCI_INDEX)}
        pages = read_pages(
            self._provider,
            f"{self._address}{subject}{query}",
            lambda url: self._provider.do_request(url, headers=accept, scopes=scopes),
            what,
            absent=_NO_API,
        )
        found: dict[Digest, Descriptor] = {}
        for page in pages:
            if page is None:
                self._provider.known.learn(referrers=False)
                return None
            document, response = page
            if response.headers.get("Content-Type", "").partition(";")[0].strip() not in INDEXES:
                return None  # a server that answers every address with something
            applied = response.headers.get("OCI-Filters-Applied", "").replace(" ", "").split(",")
            wanted = None if "artifactType" in applied else artifact_type
            for one in _filtered(_descriptors(document, f"{self._provider.endpoint.name}: {what}"), wanted):
                found.setdefault(one.digest, one)
            if len(found) > _MOST:
                raise RegistryError(f"{self._label}@{subject} has more than {_MOST} referrers")
        self._provider.known.learn(referrers=True)
        return tuple(found.values())

    def _from_tag(self, subject: Digest, scopes: Scopes) -> tuple[_List, dict[str, Json]]:
        """Return what the index under the subject's tag lists, and the index itself."""
        try:
            descriptor, data = self._manifests.get(_tag(subject), scopes)
        except NotFoundError:
            return (), {}
        where = f"{self._label}:{_tag(subject)}"
        if descriptor.media_type not in INDEXES:
            raise FormatError(f"{where} is not an index of referrers", hint="something else has this tag")
        document = decode_json(data, where)
        assert isinstance(document, dict)  # noqa: S101 - for the types: a manifest is an object
        return successors(descriptor, data, where), document

    def _change(self, subject: Digest, change: Callable[[_List], _List], scopes: Scopes) -> None:
        """Write the index, and again while what was written is not there: another machine may write at the same moment.

        Within a process one thread writes at a time. Between machines a writer that read before and writes after this
        one looks cannot be seen: the API has no way to prevent that.
        """
        attempt = 0
        with _WRITING:
            while True:
                attempt += 1
                found, document = self._from_tag(subject, scopes)
                wanted = change(found)
                if wanted == found:
                    return
                if attempt > 1 and not self._provider.transport.pause(attempt, Broken(kind=Break.TRANSFER)):
                    raise RegistryError(f"{self._label}: others change the referrers of {subject} all the time")
                document["schemaVersion"], document["mediaType"] = 2, str(MediaType.OCI_INDEX)
                document["manifests"] = [descriptor.to_json() for descriptor in wanted]
                data = canonical_json(document)
                self._manifests.store(_tag(subject), Descriptor.of(MediaType.OCI_INDEX, data), data, scopes)


def _descriptors(document: dict[str, Json], where: str) -> _List:
    listed = document.get("manifests")
    if listed is None:  # Go's way to write an empty list
        return ()
    if not isinstance(listed, list):
        raise FormatError(f"{where}: manifests is not a list")
    return tuple(Descriptor.from_json(item, f"{where}: manifests[{index}]") for index, item in enumerate(listed))


def _filtered(found: _List, artifact_type: str | None) -> _List:
    return tuple(one for one in found if artifact_type is None or one.artifact_type == artifact_type)


def _digests(found: _List) -> set[Digest]:
    return {one.digest for one in found}


def _tag(subject: Digest) -> str:
    return str(subject).replace(":", "-")
