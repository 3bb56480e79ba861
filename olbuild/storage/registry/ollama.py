"""Ollama's registry as a target. It is no registry of the distribution-spec (ollama, ``server/images.go``).

- Manifests have tags only, and are of Docker's type.
- A blob is sent in parts that may go to another host, and read from another host.
- Tokens are asked for with a signature (``ollamakey.py``).
"""

from __future__ import annotations

from olbuild.core.content import Content, Descriptor, read_verified
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError
from olbuild.core.names import GRAPH_NODES, MediaType
from olbuild.storage.ports import Progress, no_progress
from olbuild.storage.registry.manifests import Manifests
from olbuild.storage.registry.ollamaupload import OllamaUpload
from olbuild.storage.registry.provider import Provider
from olbuild.storage.registry.target import RegistryTarget

_TAKEN = frozenset({200, 201, 202})


class OllamaTarget(RegistryTarget):
    """One repository of Ollama's registry, and the tag in it that is spoken of."""

    def __init__(self, provider: Provider, repository: str, tag: str, *, writing: bool = False) -> None:
        """Prepare; nothing is sent yet."""
        super().__init__(provider, repository, writing=writing)
        self._tag = tag
        self._manifests = Manifests(provider, repository, accept=MediaType.DOCKER_MANIFEST, taken=_TAKEN)

    def _exists(self, descriptor: Descriptor) -> bool:
        """Whether the registry has a blob. Of a manifest it is not known: it cannot be asked for by digest."""
        return descriptor.media_type not in GRAPH_NODES and super()._exists(descriptor)

    def push(self, descriptor: Descriptor, content: Content, progress: Progress = no_progress) -> None:
        """Store a blob. A manifest is kept until it gets its tag.

        Raises:
            FormatError: if a manifest is not of Docker's type.
            IntegrityError: if the bytes do not match; nothing is stored then.
            RefusedError: if the registry does not allow it.
            RegistryError: if it fails.
        """
        self._scopes = self._writing
        if descriptor.media_type in GRAPH_NODES:
            if descriptor.media_type != MediaType.DOCKER_MANIFEST:
                raise FormatError(
                    f"{self.label} takes models in Ollama's own format only",
                    hint="olbuild convert NAME --profile ollama -t NEW writes one",
                )
            self._last = (descriptor, read_verified(content, descriptor, f"what is sent to {self.label}"))
            progress(descriptor.size)
            return
        if self._is_absent(descriptor) or not self._exists(descriptor):
            others = [name for name in self._provider.places.find(descriptor.digest) if name != self._repository]
            mount = others[0] if others else None
            OllamaUpload(self._provider, self._repository, self._scopes, descriptor, content, mount).run(progress)
        self._provider.places.note(descriptor, self._repository)

    def tag(self, descriptor: Descriptor, name: str) -> None:
        """Store a manifest under a tag, and look at what is there afterwards.

        Raises:
            NotFoundError: if it is neither kept nor there.
            RefusedError: if the registry does not allow it.
            IntegrityError: if the registry then has something else.
        """
        self._scopes = self._writing
        reference = self._checked(name)
        data = self._manifest(descriptor)
        self._manifests.store(reference, descriptor, data, self._scopes)
        seen, _ = self._manifests.get(reference, self._scopes)
        if seen.digest != descriptor.digest:
            raise IntegrityError(f"{self.label}:{reference} is {seen.digest} after {descriptor.digest} was put there")

    def stands(self, descriptor: Descriptor, name: str) -> bool:
        """Whether a tag stands for a manifest already.

        Raises:
            RefusedError: if the registry does not say without (another) login.
            RegistryError: if it fails.
        """
        try:
            return self.resolve(name).digest == descriptor.digest
        except NotFoundError:
            return False

    def _manifest(self, descriptor: Descriptor) -> bytes:
        """Return a manifest, by its tag: the one that is spoken of, if it is still that."""
        if self._last is None or self._last[0].digest != descriptor.digest:
            found = self._manifests.get(self._tag, self._scopes)
            if found[0].digest != descriptor.digest:
                raise NotFoundError(
                    f"{self.label} has no manifest {descriptor.digest}",
                    hint=f"{self._tag} now stands for {found[0].digest}; an older one cannot be had from Ollama",
                )
            self._last = found
        return self._last[1]
