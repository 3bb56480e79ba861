"""A source whose small blobs were read ahead, side by side: to look at an artifact costs no round trips of its own."""

from __future__ import annotations

from olbuild.core.content import BytesContent, Content, Descriptor, read_verified, successors
from olbuild.core.names import MANIFESTS, NOT_DISTRIBUTED, Digest
from olbuild.storage.ports import Fetcher, InOrder, Source
from olbuild.storage.together import side_by_side

_SMALL = 1 << 20
_MOST = 16 << 20  # bytes that are held in memory


class Ahead:
    """Reads another source; what it has read ahead it gives out of memory. Implements ``Source``.

    Args:
        origin: the other source.
        near: where content is looked for first: the place that the artifact shall come to.
    """

    def __init__(self, origin: Source, near: Fetcher) -> None:
        """Wrap a source; nothing is read yet."""
        self._origin = origin
        self._near = near
        self._held: dict[Digest, bytes] = {}

    @property
    def label(self) -> str:
        """How the other source is called."""
        return self._origin.label

    def read(self, root: Descriptor) -> None:
        """Read a manifest and the small blobs that it names, unless they are near.

        Raises:
            IntegrityError: if something does not match its descriptor.
            NotFoundError: if something is missing.
        """
        if root.media_type not in MANIFESTS or isinstance(self._origin, InOrder):
            return
        where = f"{self.label}: manifest {root.digest}"
        data = read_verified(self._origin.fetch(root), root, where)
        self._held[root.digest] = data
        wanted: dict[Digest, Descriptor] = {}
        left = _MOST
        for node in successors(root, data, where):
            fits = node.size <= min(_SMALL, left) and node.media_type not in NOT_DISTRIBUTED
            if fits and node.digest not in wanted and not self._near.exists(node):
                wanted[node.digest] = node
                left -= node.size
        if wanted:
            side_by_side(tuple(wanted.values()), self._hold)

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, by digest and size."""
        return descriptor.digest in self._held or self._origin.exists(descriptor)

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor.

        Raises:
            NotFoundError: if the content is not there (at the latest when it is read).
        """
        data = self._held.get(descriptor.digest)
        if data is not None:
            return BytesContent(data)
        return (self._near if self._near.exists(descriptor) else self._origin).fetch(descriptor)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name.

        Raises:
            NotFoundError: if there is no such name.
        """
        return self._origin.resolve(name)

    def _hold(self, node: Descriptor) -> None:
        data = read_verified(self._origin.fetch(node), node, f"copy from {self.label}")
        self._held[node.digest] = data
