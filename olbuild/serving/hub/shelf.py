"""A store seen as repositories: which names there are, and which manifests can be reached through one.

Blobs belong to no repository: a blob that is stored is there for whoever knows its digest, so nobody sends it twice. A
manifest is there through a repository if a name of it stands for it, if an index that is there lists it, or if its
subject is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from olbuild.core.content import Descriptor
from olbuild.core.names import Digest
from olbuild.core.records import Frozen
from olbuild.serving.hub.documents import Document, Documents
from olbuild.serving.hub.names import full_name, is_tag, split_name, without_library
from olbuild.storage.store import Store

_MOST_REMEMBERED = 10_000
_NOTHING: Mapping[str | Digest, Descriptor] = MappingProxyType({})

Names = Mapping[str, Mapping[str | Digest, Descriptor]]
"""By repository, then by tag (or digest): what the name stands for."""


class _Seen(Frozen):
    """The names as they were when ``index.json`` was this file."""

    version: tuple[int, int, int]
    names: Names


class Shelf:
    """The repositories of a store. Threads may share it."""

    def __init__(self, store: Store) -> None:
        """Look at a store."""
        self.store = store
        self.documents = Documents(store.layout.blobs)
        self._seen: _Seen | None = None
        self._emptied: set[str] = set()

    def repositories(self) -> Names:
        """Return all repositories that have a name in them; read again only when the index was replaced."""
        status = (self.store.layout.path / "index.json").stat()
        version = (status.st_ino, status.st_mtime_ns, status.st_size)
        seen = self._seen
        if seen is None or seen.version != version:
            seen = self._seen = _Seen(version, _by_repository(self.store.names()))
        return seen.names

    def names(self, repository: str) -> Mapping[str | Digest, Descriptor]:
        """Return the names of a repository, tags and digests; none if there is no such repository."""
        return self.repositories().get(repository, _NOTHING)

    def tags(self, repository: str) -> list[str]:
        """Return the tags of a repository in the order of the distribution-spec (ASCII)."""
        return sorted(name for name in self.names(repository) if isinstance(name, str))

    def remember(self, repository: str) -> None:
        """Remember a repository that was there, for as long as this process lives."""
        if len(self._emptied) < _MOST_REMEMBERED:
            self._emptied.add(repository)

    def remembers(self, repository: str) -> bool:
        """Whether a repository in which there may be no name any more was there."""
        return repository in self._emptied

    def find(self, repository: str, reference: str | Digest) -> Descriptor | None:
        """Return the manifest that a tag or a digest means in a repository.

        Of ``library/NAME``, as Ollama writes it, the names of ``NAME`` are looked at too.
        """
        found = self._find(repository, reference)
        short = without_library(repository)
        if found is None and short is not None:
            return self._find(short, reference)
        return found

    def holders(self, repository: str, digest: Digest) -> list[str]:
        """Return the full names in a repository that stand for a manifest."""
        return [full_name(repository, name) for name, root in self.names(repository).items() if root.digest == digest]

    def reached(self, repository: str, *, tagged: bool = False) -> set[Digest]:
        """Return all manifests that are there through a repository, or through its tags alone."""
        found: set[Digest] = set()
        names = self.names(repository)
        waiting = [root.digest for name, root in names.items() if isinstance(name, str) or not tagged]
        referrers = self.documents.subjects() if waiting else {}
        while waiting:
            digest = waiting.pop()
            if digest in found:
                continue
            document = self.documents.find(digest)
            if document is None:
                continue
            found.add(digest)
            waiting.extend(document.children)
            waiting.extend(each.descriptor.digest for each in referrers.get(digest, ()))
        return found

    def referrers(self, repository: str, subject: Digest) -> list[Document]:
        """Return the manifests of a repository with a subject, which itself need not be there."""
        reached = self.reached(repository)
        found = self.documents.subjects().get(subject, ())
        return [each for each in found if each.descriptor.digest in reached]

    def _find(self, repository: str, reference: str | Digest) -> Descriptor | None:
        names = self.names(repository)
        if isinstance(reference, str):
            return names.get(reference) if is_tag(reference) else None
        for root in names.values():
            if root.digest == reference:
                return root
        document = self.documents.find(reference) if names else None
        return document.descriptor if document is not None and reference in self.reached(repository) else None


def _by_repository(names: Mapping[str, Descriptor]) -> Names:
    found: dict[str, dict[str | Digest, Descriptor]] = {}
    for name, root in names.items():
        parts = split_name(name)
        if parts is not None:
            found.setdefault(parts[0], {})[parts[1]] = root
    return found
