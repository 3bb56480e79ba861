"""Models whose files are packed are opened once: unpacked into the store, and written down as a ModelPack artifact.

The engine maps files, so that each file of a model is a blob of the store. The packed artifact stays what it is, with
the digest that others know; what was unpacked is an artifact beside it, which the build cache knows. It goes with the
next ``prune`` unless somebody named it, and is made again when it is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from olbuild.artifact.profiles import PackedFile, PackedProfile, packed_profile, read_manifest
from olbuild.artifact.profiles.manifest import Manifest
from olbuild.artifact.profiles.modelpack import write
from olbuild.artifact.profiles.packed import LARGEST_OTHER, is_tar
from olbuild.artifact.weights import require_gguf
from olbuild.building.cache import BuildCache
from olbuild.core.content import Descriptor, Reader
from olbuild.core.errors import FormatError
from olbuild.core.events import Advanced, Emit, Finished, Said, Started
from olbuild.core.names import INDEXES
from olbuild.core.records import Frozen
from olbuild.storage.store import Lease, Store

if TYPE_CHECKING:
    from olbuild.storage.archive.entries import Entry

_VERSION = "opened/1"
"""Changes when the same packed artifact would be opened as another one."""

_MAGIC = b"GGUF"
_MOST_FILES = 10_000


class Opener(Frozen, kw_only=True):
    """Opens packed models of one store."""

    store: Store
    cache: BuildCache
    emit: Emit

    def open(self, root: Descriptor, name: str, lease: Lease) -> Descriptor:
        """Return the root of a model whose files are blobs: the same root, or what it was unpacked to.

        Args:
            root: a model that is wholly in the store, and protected by the lease.
            name: what messages call it.
            lease: protects what is unpacked.

        Raises:
            FormatError: if it is malformed, unsafe, or has no GGUF weights.
            ResourceError: if there is no space.
            StoreError: if the store cannot be written.
        """
        if root.media_type in INDEXES:
            return root
        manifest = read_manifest(root, self.store.fetch)
        profile = packed_profile(manifest)
        if profile is None:
            return root
        key = hashlib.sha256(f"{_VERSION} {root.digest}".encode()).hexdigest()
        return self._find(key, lease) or self._open(manifest, profile, name, key, lease)

    def _find(self, key: str, lease: Lease) -> Descriptor | None:
        entry = self.cache.get(key)
        try:
            found = Descriptor.from_json(entry.get("manifest"), "build cache") if entry else None  # type: ignore[arg-type]
        except FormatError:
            return None
        if found is None:
            return None
        lease.protect([found.digest])
        return found if self.store.complete(found) else None

    def _open(self, manifest: Manifest, profile: PackedProfile, name: str, key: str, lease: Lease) -> Descriptor:
        self.emit(Said(text=f"{name} has its files in tar layers; they are unpacked once"))
        files = tuple(self._files(manifest, profile, lease))
        bundle = profile.read_files(manifest, files, self.store.fetch)
        require_gguf(bundle, name)
        graph = write(bundle)
        lease.protect([node.descriptor.digest for node in graph])
        for node in graph:
            self.store.push(node.descriptor, node.content)
        self.cache.put(key, {"manifest": graph.root.to_json()})
        return graph.root

    def _files(self, manifest: Manifest, profile: PackedProfile, lease: Lease) -> Iterator[PackedFile]:
        from olbuild.storage.archive import files_in  # noqa: PLC0415 - few models are packed

        layers = [(number, layer) for number, layer in enumerate(manifest.layers) if is_tar(layer.media_type)]
        count = 0
        for number, layer in layers:
            where = f"{manifest.where}: layers[{number}]"
            for entry in files_in(self.store.fetch(layer), where):
                if not profile.wants(layer, entry.path):
                    continue
                file = self._file(number, entry, lease)
                if file is None:
                    continue
                count += 1
                if count > _MOST_FILES:
                    raise FormatError(f"{manifest.where} has more than {_MOST_FILES} files")
                yield file

    def _file(self, number: int, entry: Entry, lease: Lease) -> PackedFile | None:
        """Store a file of a layer, unless it is large and no GGUF file: nothing here could use it."""
        head = _Head(entry)
        if entry.size > LARGEST_OTHER and head.data != _MAGIC:
            self.emit(Said(text=f"{entry.path} is no GGUF file and stays packed"))
            return None
        identity = f"{number}/{entry.path}"
        self.emit(Started(id=identity, label=entry.path, total=entry.size))
        try:
            digest = self.store.keep(
                head, entry.size, lambda amount: self.emit(Advanced(id=identity, amount=amount)), lease=lease
            )
        except BaseException:
            self.emit(Finished(id=identity, outcome="failed"))
            raise
        self.emit(Finished(id=identity))
        return PackedFile(layer=number, path=entry.path, digest=digest, size=entry.size)


class _Head(Reader):
    """A file of an archive of which the first bytes were looked at."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        data = bytearray(min(len(_MAGIC), entry.size))
        filled = 0
        with memoryview(data) as view:
            while filled < len(data):
                filled += entry.readinto(view[filled:])
        self.data = self._left = bytes(data)

    def readinto(self, buffer: memoryview, /) -> int:
        if not self._left:
            return self._entry.readinto(buffer)
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def close(self) -> None:
        """Leave it to its owner."""

    def __exit__(self, *_exception: object) -> None:
        self.close()
