"""What the handlers of the registry share."""

from __future__ import annotations

from threading import Semaphore

from msgspec import field

from olbuild.core.content import Descriptor
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.serving.hub.errors import denied, unsupported
from olbuild.serving.hub.http.messages import Body
from olbuild.serving.hub.names import names_a_host
from olbuild.serving.hub.shelf import Shelf
from olbuild.serving.hub.translation import Translation
from olbuild.serving.hub.upstream import Upstream
from olbuild.serving.recent import Recent
from olbuild.storage.store import Store

_UPLOADS_AT_ONCE = 32  # each has 12 MiB of buffers, of which a slow one touches little


class Context(Frozen, kw_only=True):
    """The store, seen as repositories, and what may be done to it."""

    store: Store
    shelf: Shelf
    recent: Recent
    translation: Translation
    upstream: Upstream | None = None
    readonly: bool = False
    writers: dict[str, Body] = field(default_factory=dict)
    """by the word of an upload, what is being written to it"""
    uploading: Semaphore = field(default_factory=lambda: Semaphore(_UPLOADS_AT_ONCE))

    def manifest(self, repository: str, reference: str | Digest) -> Descriptor | None:
        """Return a manifest that is here, or that the registry behind this one has.

        Raises:
            OlbuildError: if that registry fails.
        """
        found = self.shelf.find(repository, reference)
        if found is not None or self.upstream is None or names_a_host(repository):
            return found
        if isinstance(reference, Digest):
            found = self.shelf.find(f"{self.upstream.host}/{repository}", reference)
        return found or self.upstream.manifest(repository, reference)

    def require_writing(self, repository: str) -> None:
        """Check that a repository may be changed.

        Raises:
            Problem: if the registry is read-only, or the repository is of another registry. Whoever builds FROM such a
                name believes that it came from there.
        """
        if self.readonly:
            raise unsupported("this registry is read-only", "GET, HEAD")
        if names_a_host(repository):
            raise denied(
                "what begins with the name of a registry comes from there, and cannot be pushed or deleted here"
            )


def manifest_path(repository: str, reference: str | Digest) -> str:
    """Return where a manifest is."""
    return f"/v2/{repository}/manifests/{reference}"


def blob_path(repository: str, digest: Digest) -> str:
    """Return where a blob is."""
    return f"/v2/{repository}/blobs/{digest}"
