"""The tags of a repository: listed page by page, and taken away one by one (distribution-spec, "Content Management").

Registries differ in what DELETE of a tag does: distribution 3, zot and Harbor take the tag away, docker-registry 2.8
knows DELETE by digest only, which takes every tag of that digest. There the tag is first moved to a manifest that
nobody else has, and that one is deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress

import requests

from olbuild.core.content import Descriptor, canonical_json
from olbuild.core.errors import FormatError, OlbuildError, RegistryError, UsageError
from olbuild.core.names import Digest, MediaType, Reference
from olbuild.storage.registry.documents import read_pages
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.manifests import Manifests
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.tokens import repository_scopes

EMPTY = Descriptor.of(MediaType.OCI_EMPTY, b"{}")
"""The empty JSON object, the config of a manifest that needs none (image-spec, "Guidance for an empty descriptor")."""

_PAGE = 1000
_MOST_TAGS = 1_000_000
_GONE = {200, 202, 204}
_BAD_REQUEST, _NOT_FOUND, _NOT_ALLOWED = 400, 404, 405


class Tags:
    """The tags and manifests of one repository, to be listed and deleted."""

    def __init__(
        self, provider: Provider, repository: str, manifests: Manifests, push_empty: Callable[[], None]
    ) -> None:
        """Prepare; nothing is sent yet. ``push_empty`` stores the blob of ``EMPTY`` in the repository."""
        self._provider = provider
        self._push_empty = push_empty
        self._manifests = manifests
        self._repository = repository
        self._label = f"{provider.endpoint.name}/{repository}"
        self._container = provider.container(repository)
        path = provider.endpoint.repository(repository)
        self._pull = repository_scopes(path, "pull")
        self._delete = repository_scopes(path, "pull", "push", "delete")

    def names(self) -> Iterator[str]:
        """Yield the tags in the registry's order, which should be the lexical one.

        Raises:
            NotFoundError: if there is no such repository.
            FormatError: if the list is malformed.
            RegistryError: if it has no end, or the registry fails.
        """
        count = 0
        url = self._provider.address(self._container.tags_url(_PAGE))
        for page in read_pages(self._provider, url, self._ask, f"the tags of {self._repository}"):
            tags = page[0].get("tags") if page is not None else None
            if tags is None:  # Go's way to write an empty list
                continue
            if not isinstance(tags, list):
                raise FormatError(f"{self._label}: the tags are not a list")
            for tag in tags:
                if not isinstance(tag, str):
                    raise FormatError(f"{self._label}: a tag is not text")
                yield _checked(tag, self._label)
            count += len(tags)
            if count > _MOST_TAGS:
                raise RegistryError(f"{self._label} has more than {_MOST_TAGS} tags")

    def delete_manifest(self, digest: str) -> None:
        """Delete a manifest; every tag of it goes with it.

        Raises:
            NotFoundError: if it is not there.
            RegistryError: if the registry deletes nothing, or fails.
        """
        self._expect(self._send_delete(digest), digest)

    def delete_tag(self, tag: str) -> None:
        """Take one tag away, and leave the manifest and its other tags.

        Raises:
            NotFoundError: if there is no such tag.
            RegistryError: if the registry deletes nothing, or fails.
        """
        response = self._send_delete(tag)
        if response.status_code not in {_BAD_REQUEST, _NOT_ALLOWED}:
            self._expect(response, tag)
            return
        drain(response)
        descriptor, data = self._manifests.get(tag, self._delete)
        self._require_deletion(tag)
        stand_in = self._stand_in(tag)
        try:
            self.delete_manifest(str(stand_in.digest))
        except OlbuildError:
            with suppress(OlbuildError):  # the reason for the failure is what the user must see
                self._manifests.put(tag, descriptor, data, self._delete)
            raise

    def _require_deletion(self, tag: str) -> None:
        """Find out with a digest that no manifest has whether DELETE by digest is there."""
        nothing = Digest.of(secrets.token_bytes())
        response = self._send_delete(str(nothing))
        if response.status_code in {_NOT_FOUND, _BAD_REQUEST}:
            drain(response)
        else:
            self._expect(response, tag)

    def _stand_in(self, tag: str) -> Descriptor:
        """Move a tag to a manifest of no content that is unique."""
        data = canonical_json(
            {
                "schemaVersion": 2,
                "mediaType": str(MediaType.OCI_MANIFEST),
                "artifactType": str(MediaType.OCI_EMPTY),
                "config": EMPTY.to_json(),
                "layers": [EMPTY.to_json()],
                "annotations": {"dev.olbuild.deleted": secrets.token_hex(16)},
            }
        )
        descriptor = Descriptor.of(MediaType.OCI_MANIFEST, data)
        self._push_empty()
        self._manifests.put(tag, descriptor, data, self._delete)
        return descriptor

    def _send_delete(self, reference: str) -> requests.Response:
        url = self._provider.address(self._container.manifest_url(reference))
        return self._provider.do_request(url, "DELETE", scopes=self._delete)

    def _expect(self, response: requests.Response, reference: str) -> None:
        if response.status_code == _NOT_ALLOWED:
            drain(response)
            raise self._refusal(reference)
        what = f"{self._repository}{'@' if ':' in reference else ':'}{reference}"
        drain(self._provider.expect(response, _GONE, what))

    def _refusal(self, reference: str) -> RegistryError:
        return RegistryError(
            f"{self._label} deletes nothing: {reference} stays",
            hint="deletion is off there, or is done in the registry's own interface",
        )

    def _ask(self, url: str) -> requests.Response:
        return self._provider.do_request(url, headers={"Accept": "application/json"}, scopes=self._pull)


def _checked(tag: str, where: str) -> str:
    try:
        return Reference(host=None, repository="name", tag=tag).tag or ""
    except UsageError as error:
        raise FormatError(f"{where}: {error.message}") from None
