"""A repository in a registry as a target of ``storage.ports``: names are tags and digests."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from olbuild.core.content import BytesContent, Content, Descriptor, read_verified
from olbuild.core.errors import NotFoundError
from olbuild.core.names import GRAPH_NODES, Digest, Reference
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.registry.downloads import RemoteContent
from olbuild.storage.registry.failures import drain
from olbuild.storage.registry.manifests import Manifests
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.referrers import ReferrersIndex, read_referrer
from olbuild.storage.registry.tags import EMPTY, Tags
from olbuild.storage.registry.tokens import repository_scopes
from olbuild.storage.registry.uploads import Upload

_OK, _NOT_FOUND = 200, 404


class RegistryTarget:
    """One repository: ``Target``, ``Knowing``, ``Lister``, ``Deleter`` and ``Referrers``. Threads may share it.

    Args:
        provider: the client of the registry.
        repository: path of the repository, as in a reference.
        writing: whether to ask for the permission to push from the first request on. Otherwise it is asked for with
            the first push, which costs one more token.
    """

    def __init__(self, provider: Provider, repository: str, *, writing: bool = False) -> None:
        """Prepare; nothing is sent yet."""
        self._provider = provider
        self._repository = repository
        self._path = provider.endpoint.repository(repository)
        self._manifests = Manifests(provider, repository)
        self._tags = Tags(provider, repository, self._manifests, lambda: self.push(EMPTY, BytesContent(b"{}")))
        self._referrers = ReferrersIndex(provider, repository, self._manifests)
        self._writing = repository_scopes(self._path, "pull", "push")
        self._scopes = self._writing if writing else repository_scopes(self._path, "pull")
        self._lock = threading.Lock()
        self._absent: set[Digest] = set()
        self._last: tuple[Descriptor, bytes] | None = None  # the manifest that is most likely wanted next

    @property
    def label(self) -> str:
        """Host and repository."""
        return f"{self._provider.endpoint.name}/{self._repository}"

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the registry has the content, by digest and size (HEAD).

        Raises:
            RefusedError: if it does not say without (another) login.
            RegistryError: if it fails.
        """
        found = self._exists(descriptor)
        if not found:
            with self._lock:
                self._absent.add(descriptor.digest)
        return found

    def _exists(self, descriptor: Descriptor) -> bool:
        if descriptor.media_type in GRAPH_NODES:
            seen = self._manifests.head(str(descriptor.digest), self._scopes)
            return seen is not None and seen[1] in {None, descriptor.size}
        response = self._provider.do_request(self._blob(descriptor), "HEAD", scopes=self._scopes)
        if response.status_code == _NOT_FOUND:
            drain(response)
            return False
        self._provider.expect(response, {_OK}, f"the blob {descriptor.digest} of {self._repository}")
        drain(response)
        return response.headers.get("Content-Length") in {None, str(descriptor.size)}

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes. A manifest is got at once; a blob streams when it is read.

        Raises:
            NotFoundError: if the registry does not have it (of a blob: when it is read).
            IntegrityError: if a manifest does not match.
        """
        if descriptor.media_type not in GRAPH_NODES:
            self._provider.places.note(descriptor, self._repository)
            return RemoteContent(
                provider=self._provider,
                url=self._blob(descriptor),
                descriptor=descriptor,
                scopes=self._scopes,
                origin=self.label,
            )
        return BytesContent(self._manifest(descriptor))

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store content under its descriptor. What exists is not sent again.

        Raises:
            IntegrityError: if the bytes do not match; nothing is stored then.
            RefusedError: if the registry does not allow it.
            RegistryError: if it fails.
        """
        self._scopes = self._writing
        if descriptor.media_type not in GRAPH_NODES:
            if self._is_absent(descriptor) or not self._exists(descriptor):
                others = [name for name in self._provider.places.find(descriptor.digest) if name != self._repository]
                mount = others[0] if others and self._provider.known.facts.mounts is not False else None
                upload = Upload(self._provider, self._repository, self._scopes, descriptor, content, mount)
                upload.run(lambda: self._exists(descriptor), progress)
            self._provider.places.note(descriptor, self._repository)
            return
        there, noted = not self._is_absent(descriptor) and self._exists(descriptor), ""
        data = read_verified(content, descriptor, f"what is sent to {self.label}")
        if not there:
            noted = self._manifests.put(str(descriptor.digest), descriptor, data, self._scopes)
            progress(len(data))
        self._last = (descriptor, data)
        referrer = read_referrer(descriptor, data, f"what is sent to {self.label}")
        if referrer is not None and not noted:
            self._referrers.add(referrer, self._scopes)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor of the manifest behind a tag or a digest.

        Raises:
            UsageError: if the name is neither.
            NotFoundError: if there is no such manifest.
            IntegrityError: if its bytes do not match the digest.
        """
        self._last = found = self._manifests.get(self._checked(name), self._scopes)
        return found[0]

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Let a tag stand for a manifest that is in the repository.

        Raises:
            NotFoundError: if the manifest is not there.
            RefusedError: if the registry does not allow it.
        """
        self._scopes = self._writing
        reference = self._checked(name)
        data = self._manifest(descriptor)
        if reference == str(descriptor.digest):
            if not self.exists(descriptor):
                raise NotFoundError(f"{self.label} has no content {descriptor.digest}")
            return
        self._manifests.put(reference, descriptor, data, self._scopes)

    def stands(self, descriptor: Descriptor, name: str) -> bool:
        """Whether a tag stands for a manifest already; a registry has what its manifests need.

        Raises:
            UsageError: if the name cannot be a tag.
            RefusedError: if the registry does not say without (another) login.
            RegistryError: if it fails.
        """
        reference = self._checked(name)
        if (
            ":" in reference
        ):  # whether what follows the manifest was finished, such as the list of referrers, is unknown
            return False
        seen = self._manifests.head(reference, self._scopes)
        return seen is not None and seen[0] == str(descriptor.digest) and seen[1] in {None, descriptor.size}

    def names(self) -> Iterator[str]:
        """Yield the tags; the registry is asked page by page while they are taken.

        Raises:
            NotFoundError: if there is no such repository.
            FormatError: if the registry sends what is no list of tags.
            RegistryError: if it fails.
        """
        return self._tags.names()

    def delete(self, name: str) -> None:
        """Take a tag away, or by its digest a manifest with all its tags.

        Raises:
            UsageError: if the name is neither.
            NotFoundError: if there is no such tag or manifest.
            RefusedError: if the registry does not allow it.
            RegistryError: if it deletes nothing, or fails.
        """
        self._scopes = self._writing
        reference = self._checked(name)
        if ":" not in reference:
            self._tags.delete_tag(reference)
            return
        descriptor, data = self._manifests.get(reference, self._scopes)
        self._tags.delete_manifest(reference)
        self._last = None
        referrer = read_referrer(descriptor, data, f"{self.label}@{reference}")
        if referrer is not None:
            self._referrers.remove(referrer, self._scopes)

    def referrers(self, subject: Descriptor, artifact_type: str | None = None) -> tuple[Descriptor, ...]:
        """Return what points to a manifest, if wanted of one type only.

        Raises:
            FormatError: if the registry sends what is no list of manifests.
            RegistryError: if it fails.
        """
        return self._referrers.find(subject.digest, artifact_type, self._scopes)

    def _is_absent(self, descriptor: Descriptor) -> bool:
        """Whether it was asked for a moment ago and not found, as ``copy`` does: then it is not asked for again."""
        with self._lock:
            absent = descriptor.digest in self._absent
            self._absent.discard(descriptor.digest)
        return absent

    def _manifest(self, descriptor: Descriptor) -> bytes:
        last = self._last  # another thread may replace it
        if last is None or last[0].digest != descriptor.digest:
            self._last = last = self._manifests.get(str(descriptor.digest), self._scopes)
        return last[1]

    def _blob(self, descriptor: Descriptor) -> str:
        container = self._provider.container(self._repository)
        return self._provider.address(container.get_blob_url(str(descriptor.digest)))

    def _checked(self, name: str) -> str:
        """Return a tag or digest that has the shape of one; it becomes part of a URL."""
        if ":" in name:
            return str(Digest.parse(name))
        return Reference(host=None, repository="name", tag=name).tag or ""
