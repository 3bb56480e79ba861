"""A place to copy from in which split artifacts are whole again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from olbuild.artifact.splitting.read import Whole, is_split, read_whole
from olbuild.core.content import (
    BytesContent,
    Content,
    Descriptor,
    JoinedContent,
    Reader,
    Slots,
    Verifier,
    as_parallel,
    open_part,
    read_verified,
    successors,
)
from olbuild.core.errors import NotFoundError
from olbuild.core.names import MANIFESTS, Digest
from olbuild.core.records import Frozen


class Origin(Protocol):
    """What a split artifact can be read from: a ``Source`` of ``storage.ports``."""

    @property
    def label(self) -> str:
        """How it is called in messages."""
        ...

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there."""
        ...

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor."""
        ...

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name."""
        ...


class Joined:
    """Reads another source. A name that stands for a split artifact resolves to the whole one, which can be fetched.

    Everything else is what it is there. ``origin`` is that other source.
    """

    def __init__(self, origin: Origin, tag: str | None = None) -> None:
        """Wrap a source.

        Args:
            origin: where the artifacts are.
            tag: where to look for the digest of a whole artifact: no registry has such a manifest, but under this name
                it may have the split one.
        """
        self.origin = origin
        self._tag = tag
        self._whole: dict[Digest, Whole] = {}
        self._parts: dict[Digest, tuple[Descriptor, ...]] = {}

    @property
    def label(self) -> str:
        """How the other source is called."""
        return self.origin.label

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there, or all parts of it."""
        if descriptor.digest in self._whole:
            return True
        parts = self._parts.get(descriptor.digest)
        if parts is None:
            return self.origin.exists(descriptor)
        return all(self.origin.exists(part) for part in parts)

    def fetch(self, descriptor: Descriptor) -> Content:
        """Return a handle to the bytes of a descriptor: of a split layer the parts as one, each verified as it passes.

        Raises:
            NotFoundError: if the content is not there.
        """
        whole = self._whole.get(descriptor.digest)
        if whole is not None:
            return BytesContent(whole.data)
        parts = self._parts.get(descriptor.digest)
        if parts is None:
            return self.origin.fetch(descriptor)
        pieces = tuple(VerifiedPart(part, self.origin.fetch(part), self.label) for part in parts)
        return PartedContent(pieces, parts)

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor behind a name or a digest; of a split artifact, that of the whole manifest.

        Raises:
            NotFoundError: if there is no such name.
            FormatError: if a split manifest is malformed.
        """
        if self._tag is None or self._tag == name or not name.startswith("sha256:"):
            return self._join(self.origin.resolve(name))
        try:
            found = self._join(self.origin.resolve(name))
        except NotFoundError:
            tagged = self._join(self.origin.resolve(self._tag))
            if str(tagged.digest) != name:
                raise
            return tagged
        if not self._has_layers(found):  # some registries give any blob that is asked for as a manifest
            self._join(self.origin.resolve(self._tag))
        return found

    def split_of(self, root: Descriptor) -> Descriptor | None:
        """Return the split manifest that a resolved artifact was read from, ``None`` if it is not split there."""
        whole = self._whole.get(root.digest)
        return None if whole is None else whole.split

    def _has_layers(self, root: Descriptor) -> bool:
        """Whether the largest thing that a manifest names is there; of a whole artifact that was split, it is not."""
        if root.digest in self._whole or root.media_type not in MANIFESTS:
            return True
        where = f"{self.label}: manifest {root.digest}"
        children = successors(root, read_verified(self.origin.fetch(root), root, where), where)
        return self.origin.exists(max(children, key=lambda child: child.size))

    def _join(self, root: Descriptor) -> Descriptor:
        if not is_split(root, self.origin.fetch):
            return root
        whole = read_whole(root, self.origin.fetch)
        self._whole[whole.manifest.digest] = whole
        self._parts.update(whole.parts)
        return whole.manifest


@dataclass(frozen=True, slots=True)
class PartedContent(JoinedContent):
    """A layer joined from its parts, whose descriptors are ``parts``. It is ``Watchful``: it knows which is wrong."""

    parts: tuple[Descriptor, ...]

    def watch(self, where: str) -> Callable[[memoryview], object]:
        """Return what is told all bytes in their order, and raises ``IntegrityError`` at the end of a wrong part."""
        return _Watch(self.parts, where).update


class _Watch:
    """Checks one part after the other."""

    def __init__(self, parts: tuple[Descriptor, ...], where: str) -> None:
        self._left = iter(parts)
        self._where = where
        self._size = 0
        self._verifier: Verifier | None = None

    def update(self, chunk: memoryview) -> None:
        while len(chunk):
            if self._verifier is None:
                part = next(self._left, None)
                if part is None:
                    return  # whoever verifies the whole sees that there is too much
                self._size, self._verifier = part.size, Verifier(part, self._where)
            taken = chunk[: self._size - self._verifier.received]
            self._verifier.update(taken)
            if self._verifier.received == self._size:
                self._verifier.finish()
                self._verifier = None
            chunk = chunk[len(taken) :]


class VerifiedPart(Frozen):
    """A part whose bytes are checked against its own descriptor while they pass, if it is read from start to end.

    Of another region that cannot be done: whoever reads several at once asks ``PartedContent.watch``.
    """

    descriptor: Descriptor
    content: Content
    where: str

    @property
    def size(self) -> int:
        """How many bytes there are, as the descriptor says."""
        return self.descriptor.size

    def open(self, offset: int = 0, size: int | None = None) -> Reader:
        """Begin to read at an offset; at most ``size`` bytes, or to the end."""
        reader = self.content.open(offset, size)
        if offset or (size is not None and size < self.size):
            return reader
        return _Verifying(reader, self.descriptor, self.where)

    def read_at(self, offset: int, size: int) -> bytes:
        """Read at most ``size`` bytes at an offset."""
        return self.content.read_at(offset, size)

    @property
    def parallel(self) -> Slots | None:
        """What limits the readers, as of the content."""
        content = as_parallel(self.content)
        return None if content is None else content.parallel

    def open_part(self, offset: int, size: int) -> Reader:
        """Begin to read a part; see ``ParallelContent``."""
        return open_part(self.content, offset, size)


class _Verifying:
    """Hashes what is read, and fails with the last byte if it is not what it should be."""

    def __init__(self, reader: Reader, descriptor: Descriptor, where: str) -> None:
        self._reader = reader
        self._size = descriptor.size
        self._verifier = Verifier(descriptor, where)

    def readinto(self, buffer: memoryview, /) -> int:
        count = self._reader.readinto(buffer)
        self._verifier.update(buffer[:count])
        if (count and self._verifier.received == self._size) or (not count and len(buffer)):
            self._verifier.finish()
        return count

    def close(self) -> None:
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
