"""The registry behind this one: what is not here is fetched from there, verified, and kept under its name there.

A tag is looked up there each time, so that it moves when it moves there; what is stored answers when that registry
cannot be reached. A digest is never looked up again. The name is written down when everything of an artifact has
arrived.
"""

from __future__ import annotations

import io
import time
from collections import OrderedDict
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from threading import Lock

from olbuild.api.targets import open_repository
from olbuild.api.workspace import Workspace
from olbuild.core.content import BytesContent, Descriptor, read_verified, successors
from olbuild.core.errors import NotFoundError, OlbuildError, RegistryError, UsageError
from olbuild.core.names import GRAPH_NODES, Digest, MediaType, Reference
from olbuild.core.records import Frozen
from olbuild.serving.hub.fetching import Fetch, Fetches
from olbuild.serving.hub.names import full_name, is_tag, split_name
from olbuild.serving.recent import Recent
from olbuild.storage.ports import Holder

_MOST_KNOWN = 50_000
_MOST_PENDING = 1000
_MOST_REPOSITORIES = 64
_MOST_NAMES = 10_000
_AWAY = 30.0  # seconds in which a registry that failed is not asked again for what is stored


class _Origin(Frozen):
    """Where content is that a manifest names, and what the manifest says of it."""

    repository: str
    descriptor: Descriptor


class Upstream:
    """A registry, through a store. Threads may share it."""

    def __init__(self, workspace: Workspace, host: str, recent: Recent) -> None:
        """Use a registry, with the credentials that ``olbuild login`` keeps.

        Raises:
            UsageError: if that is no registry, or ``--offline`` forbids to ask one.
        """
        Reference(host=host, repository="name")
        if workspace.config.offline:
            raise UsageError(f"{host} is a registry, and --offline forbids to ask it")
        self.host = host
        self._workspace = workspace
        self._store = workspace.store
        self._recent = recent
        self._fetches = Fetches(self._store, recent, self._write_down)
        self._known: OrderedDict[Digest, _Origin] = OrderedDict()
        self._pending: OrderedDict[str, Descriptor] = OrderedDict()
        self._guard = Lock()
        self._away_until = 0.0
        self._target = lru_cache(_MOST_REPOSITORIES)(self._open)

    def manifest(self, repository: str, reference: str | Digest) -> Descriptor:
        """Bring a manifest into the store, and return it.

        Raises:
            NotFoundError: if the registry has none.
            RefusedError, RegistryError: if it cannot be asked, and nothing is stored.
            IntegrityError: if it sends another one.
        """
        if isinstance(reference, Digest):
            described = self._store.layout.blobs.describe(reference) if reference in self._known else None
            return described[0] if described else self._bring(repository, reference)
        name = full_name(f"{self.host}/{repository}", reference)
        stored = self._store.names().get(name)
        if stored is not None and time.monotonic() < self._away_until:
            return stored
        try:
            found = self._bring(repository, reference)
        except RegistryError:
            self._away_until = time.monotonic() + _AWAY
            if stored is None:
                raise
            return stored
        with self._guard:
            self._pending[name] = found
            while len(self._pending) > _MOST_PENDING:
                self._pending.popitem(last=False)
        self._write_down()
        return found

    def blob(self, digest: Digest) -> tuple[Fetch, io.FileIO]:
        """Join the transfer of a blob that a manifest names which passed here.

        Raises:
            NotFoundError: if none did, or the registry has no such blob.
            RefusedError, RegistryError, IntegrityError, ResourceError: as its beginning fails.
        """
        origin = self._known.get(digest)
        if origin is None:
            raise NotFoundError(f"no manifest that passed here names {digest}")
        descriptor = origin.descriptor
        fetch, file = self._fetches.join(descriptor, self._target(origin.repository).fetch(descriptor))
        try:
            fetch.available(0)
        except BaseException:
            file.close()
            raise
        return fetch, file

    def size(self, digest: Digest) -> int | None:
        """Return the size of a blob that a manifest that passed here names."""
        origin = self._known.get(digest)
        return None if origin is None else origin.descriptor.size

    def tags(self, repository: str) -> list[str]:
        """Return the tags that a repository has there; those of what is stored, if the registry cannot be asked."""
        try:
            return [tag for tag in islice(self._target(repository).names(), _MOST_NAMES) if is_tag(tag)]
        except OlbuildError:
            names = map(split_name, self._store.names())
            return [str(name[1]) for name in names if name is not None and name[0] == f"{self.host}/{repository}"]

    def referrers(self, repository: str, subject: Digest) -> tuple[Descriptor, ...]:
        """Return what refers to a manifest there; nothing, if the registry cannot be asked."""
        about = Descriptor(media_type=MediaType.OCI_MANIFEST, digest=subject, size=0)
        try:
            return self._target(repository).referrers(about)[:_MOST_NAMES]
        except OlbuildError:
            return ()

    def _bring(self, repository: str, reference: str | Digest) -> Descriptor:
        target = self._target(repository)
        found = target.resolve(str(reference))
        if not self._store.exists(found):
            data = read_verified(target.fetch(found), found, target.label)
            self._recent.keep(found.digest)
            self._store.push(found, BytesContent(data))
        else:
            self._recent.keep(found.digest)
            data = read_verified(self._store.fetch(found), found, target.label)
        self._learn(repository, found, successors(found, data, target.label))
        return found

    def _learn(self, repository: str, found: Descriptor, children: tuple[Descriptor, ...]) -> None:
        with self._guard:
            for each in (found, *children):
                if each.media_type not in GRAPH_NODES or each is found:
                    self._known[each.digest] = _Origin(repository, each)
                    self._known.move_to_end(each.digest)
                self._recent.keep(each.digest)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)

    def _write_down(self) -> None:
        """Write down the names of artifacts that have arrived whole."""
        with self._guard:
            pending = dict(self._pending)
        for name, root in pending.items():
            if self._store.complete(root):
                with suppress(NotFoundError):
                    self._store.tag(root, name)
                    with self._guard:
                        self._pending.pop(name, None)

    def _open(self, repository: str) -> Holder:
        return open_repository(self._workspace, Reference(host=self.host, repository=repository))
