"""From what a client calls a model to the model: names as Ollama resolves them, over the local store."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from typing import TypeVar

from olbuild.api.looking import opened
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.variants import is_variants, read_variants
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.names import Digest, OllamaName, is_attached, local_name
from olbuild.core.names.ollama import DEFAULT_HOST
from olbuild.core.records import Frozen
from olbuild.serving.server.summaries import Summary, summarise

T = TypeVar("T")
_REMEMBERED = 64  # bundles; each is small, but for its texts


class Stored(Frozen, kw_only=True):
    """A model of the local store: its full name there, and its root."""

    name: str
    root: Descriptor


class Models:
    """Finds models, and remembers what was read of them. Threads may share it."""

    def __init__(self, workspace: Workspace) -> None:
        """Look into the store of a workspace."""
        self.workspace = workspace
        self._guard = threading.Lock()
        self._names: tuple[tuple[int, ...], dict[str, Descriptor]] | None = None
        self._runnable: OrderedDict[Digest, tuple[Descriptor, Bundle]] = OrderedDict()
        self._summaries: OrderedDict[Digest, Summary] = OrderedDict()

    def all(self) -> dict[str, Descriptor]:
        """Return all names with their roots; what belongs to another artifact, such as a signature, is left out."""
        index = self.workspace.store.home.store / "index.json"
        try:
            state = index.stat()
            stamp: tuple[int, ...] = (state.st_mtime_ns, state.st_size, state.st_ino)
        except OSError:
            stamp = ()
        kept = self._names
        if kept is not None and stamp and kept[0] == stamp:
            return kept[1]
        names = {name: root for name, root in self.workspace.store.names().items() if not is_attached(name)}
        self._names = stamp, names
        return names

    def find(self, text: str) -> Stored | None:
        """Return a model by its name, in whatever case; no tag means ``latest``. ``None`` if it is not here.

        Raises:
            UsageError: if the text is no name.
        """
        names = self.all()
        wanted = spellings(text)
        for name in wanted:
            if name in names:
                return Stored(name=name, root=names[name])
        folded = {name.casefold() for name in wanted}
        for name, root in names.items():
            if name.casefold() in folded:
                return Stored(name=name, root=root)
        return None

    async def runnable(self, stored: Stored) -> tuple[Descriptor, Bundle]:
        """Return the root of a model whose files are files, and what it says.

        Raises:
            OlbuildError: as it cannot be read.
        """
        known = self._known(self._runnable, stored)
        return known if known is not None else await asyncio.to_thread(self.read, stored)

    def read(self, stored: Stored) -> tuple[Descriptor, Bundle]:
        """See ``runnable``. Blocks."""
        known = self._known(self._runnable, stored)
        if known is not None:
            return known
        store, root = self.workspace.store, self._one(stored)
        root = opened(self.workspace, root, stored.name)
        return self._remember(self._runnable, stored, (root, read_bundle(root, store.fetch)))

    def opened(self, stored: Stored) -> Digest:
        """Return the digest under which a model is loaded, as far as that is known without reading it."""
        known = self._known(self._runnable, stored)
        return (known[0] if known is not None else stored.root).digest

    def summary(self, stored: Stored) -> Summary:
        """Return what a model says; files that are packed stay packed. Blocks.

        Raises:
            OlbuildError: as it cannot be read.
        """
        known = self._known(self._summaries, stored)
        if known is not None:
            return known
        return self._remember(self._summaries, stored, summarise(self.workspace.store, self._one(stored)))

    def _one(self, stored: Stored) -> Descriptor:
        variants = is_variants(stored.root, self.workspace.store.fetch)
        return _held(self.workspace, stored) if variants else stored.root

    def _known(self, kept: OrderedDict[Digest, T], stored: Stored) -> T | None:
        with self._guard:
            found = kept.get(stored.root.digest)
            if found is not None:
                kept.move_to_end(stored.root.digest)
            return found

    def _remember(self, kept: OrderedDict[Digest, T], stored: Stored, found: T) -> T:
        with self._guard:
            kept[stored.root.digest] = found
            while len(kept) > _REMEMBERED:
                kept.popitem(last=False)
        return found


def _held(workspace: Workspace, stored: Stored) -> Descriptor:
    """Return the first variant of an index that is wholly in the store.

    Raises:
        NotFoundError: if none is.
    """
    for variant in read_variants(stored.root, workspace.store.fetch):
        if workspace.store.complete(variant.manifest):
            return variant.manifest
    raise NotFoundError(f"none of the variants of {stored.name} is in the local store", hint="pull one of them")


def spellings(text: str) -> tuple[str, ...]:
    """Return what the store may call what a client calls so.

    Raises:
        UsageError: if the text is no name.
    """
    found: list[str] = []
    try:
        found.append(local_name(text))
    except UsageError:
        if not text or "@" in text:
            raise
    try:
        name = OllamaName.parse(text)
    except UsageError:
        if not found:
            raise
    else:
        if name.host == DEFAULT_HOST:
            found.append(local_name(name.short))
    return tuple(dict.fromkeys(found))
