"""Artifacts in Ollama's format, made when a stock Ollama asks for them, over the same blobs.

A stock Ollama says that it takes docker-v2 manifests only, and reads nothing else. What differs in its format (the
manifest, the config, a text or two) is small; it is kept in memory, and made anew when it was forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from msgspec import field

from olbuild.core.content import Descriptor, FileContent, Graph, read_verified
from olbuild.core.names import Digest, MediaType
from olbuild.core.records import Mutable
from olbuild.serving.hub.http import Request

Derive = Callable[[Descriptor], Graph]
"""Writes an artifact of the store in Ollama's format. Raises ``OlbuildError`` where that cannot be done."""

_LARGEST = 16 << 20  # of one text
_MOST_BYTES = 64 << 20


def wants_ollama(request: Request) -> bool:
    """Whether a client takes docker-v2 manifests and nothing else."""
    accepted = {part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")}
    return accepted == {MediaType.DOCKER_MANIFEST.value}


class Translation(Mutable):
    """Artifacts in Ollama's format. Threads may share it."""

    derive: Derive
    _roots: dict[Digest, Descriptor] = field(default_factory=dict)
    _texts: OrderedDict[Digest, bytes] = field(default_factory=OrderedDict)
    _guard: Lock = field(default_factory=Lock)

    def manifest(self, root: Descriptor) -> tuple[Descriptor, bytes]:
        """Return the manifest in Ollama's format of an artifact.

        Raises:
            OlbuildError: if the artifact is no model, or none that Ollama's format can hold.
        """
        with self._guard:
            known = self._roots.get(root.digest)
            if known is None or known.digest not in self._texts:
                known = self._roots[root.digest] = self._translate(root)
            return known, self._texts[known.digest]

    def blob(self, digest: Digest) -> bytes | None:
        """Return something small of a manifest that was asked for; ``None`` if it is in the store, or forgotten."""
        with self._guard:
            return self._texts.get(digest)

    def _translate(self, root: Descriptor) -> Descriptor:
        graph = self.derive(root)
        for node in graph:
            if not isinstance(node.content, FileContent) or node.descriptor == graph.root:
                self._texts[node.descriptor.digest] = read_verified(node.content, node.descriptor, "a text", _LARGEST)
                self._texts.move_to_end(node.descriptor.digest)
        while sum(map(len, self._texts.values())) > _MOST_BYTES:
            self._texts.popitem(last=False)
        if len(self._roots) > len(self._texts):
            self._roots = {of: to for of, to in self._roots.items() if to.digest in self._texts}
        return graph.root
