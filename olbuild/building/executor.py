"""Runs a plan, step by step, under a lease. There is no other way to build."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import assert_never

from olbuild.artifact.bundle import Base, Blob, Bundle
from olbuild.artifact.profiles import packed_profile, read_bundle, read_manifest
from olbuild.artifact.weights import require_gguf
from olbuild.building.assembled import Write, assemble, write_modelpack
from olbuild.building.cache import BuildCache
from olbuild.building.opening import Opener
from olbuild.building.plan import ArtifactInput, Assemble, FetchBase, ImportFile, Plan, Quantize
from olbuild.building.plan.render import Forecast
from olbuild.building.plan.steps import Step, assemble_key, import_key
from olbuild.core.content import Descriptor, FileContent, Graph
from olbuild.core.errors import EngineError, FormatError, IntegrityError, NotFoundError
from olbuild.core.events import Advanced, Emit, Expected, Finished, Started
from olbuild.core.names import MANIFESTS, Digest, MediaType
from olbuild.core.records import Frozen, replace
from olbuild.storage.copy import copy
from olbuild.storage.ports import Source
from olbuild.storage.store import Lease, Store
from olbuild.storage.store.identity import FileIdentity

OpenSource = Callable[[ArtifactInput], Source]
"""Opens the place that holds a base artifact: a layout or a registry."""


class Built(Frozen, kw_only=True):
    """The result of a build: an artifact in the store, not yet named. ``cached`` says that no step had to run."""

    descriptor: Descriptor
    cached: bool


class Executor:
    """Executes plans over one store."""

    def __init__(
        self,
        store: Store,
        cache: BuildCache,
        emit: Emit,
        open_source: OpenSource,
        *,
        link: bool = False,
        write: Write = write_modelpack,
    ) -> None:
        """Prepare; ``link`` makes imports hard-link their file instead of copying it, ``write`` is the format."""
        self._store = store
        self._cache = cache
        self._emit = emit
        self._open_source = open_source
        self._link = link
        self._write = write

    def forecast(self, plan: Plan) -> dict[str, Forecast]:
        """Say for each step whether it will be skipped, and why, without doing anything."""
        return {step.key: self._forecast(step) for step in plan.steps}

    def run(self, plan: Plan, lease: Lease) -> Built:
        """Execute a plan; everything it makes is protected by the lease.

        Raises:
            IntegrityError: if an input changed since the plan was made, or does not match its digest.
            ResourceError: if the disk is too small, before any work begins.
            StoreError: if the store cannot be written.
        """
        _refuse_conversion(plan)
        known = [step.digest for step in plan.files if step.digest is not None]
        lease.protect(known)
        done = self._find(plan.assemble.key, lease)
        if done is not None:
            self._emit(Started(id=plan.assemble.key, label="artifact"))
            self._emit(Finished(id=plan.assemble.key, outcome="cached"))
            return Built(descriptor=done, cached=True)
        base = self._fetch(plan.base, lease) if plan.base is not None else None
        if not self._link:
            self._store.require_space_for({step.path: step.size for step in plan.files if not self._has(step)})
        self._emit(Expected(amount=sum(step.size for step in plan.files)))
        blobs = [self._import(step, lease) for step in plan.files]
        keys = (*((plan.base.key,) if plan.base else ()), *(import_key(blob.role, blob.digest) for blob in blobs))
        return Built(descriptor=self._assemble(plan, base, blobs, keys, lease), cached=False)

    def describe(self, plan: Plan, lease: Lease) -> Graph:
        """Describe what a plan makes, without storing it: files stay where they are, and so does a remote base.

        A base that is packed is brought into the store all the same, because it must be unpacked.

        Raises:
            IntegrityError: if an input changed since the plan was made, or does not match its digest.
            NotFoundError, FormatError, RegistryError: if the base cannot be read.
        """
        _refuse_conversion(plan)
        base = self._look(plan.base, lease) if plan.base is not None else None
        self._emit(Expected(amount=sum(step.size for step in plan.files)))
        return self._write(assemble(plan, base, [self._hash(step) for step in plan.files]))

    def _look(self, step: FetchBase, lease: Lease) -> Bundle:
        """Read a base where it is."""
        base = step.base
        lease.protect([base.descriptor.digest])
        if base.origin == "store" or self._store.complete(base.descriptor):
            return self._fetch(step, lease)
        source = self._open_source(base)
        source.resolve(str(base.descriptor.digest))  # a split artifact is put together there
        if packed_profile(read_manifest(base.descriptor, source.fetch)) is not None:
            return self._fetch(step, lease)
        bundle = read_bundle(base.descriptor, source.fetch)
        require_gguf(bundle, base.name)
        return replace(bundle, base=Base(name=base.name, digest=base.descriptor.digest))

    def _hash(self, step: ImportFile) -> Blob:
        self._emit(Started(id=step.key, label=str(step.role), total=step.size))
        with self._reporting(step):
            digest, content = self._store.hash_file(
                step.path, lambda amount: self._emit(Advanced(id=step.key, amount=amount))
            )
            if FileIdentity.of(step.path.stat()) != step.identity:
                raise IntegrityError(f"{step.path} changed since the plan was made", hint="build again")
        self._emit(Finished(id=step.key))
        return Blob(role=step.role, digest=digest, size=step.size, content=content, scale=step.scale)

    def _forecast(self, step: Step) -> Forecast:
        match step:
            case FetchBase():
                if step.base.stored:
                    return Forecast(cached=True, reason="in the store")
                return Forecast(cached=False, reason=f"to be copied from {step.base.location}")
            case ImportFile():
                if step.digest is None:
                    return Forecast(cached=False, reason="new or changed: to be hashed")
                if self._has(step):
                    return Forecast(cached=True, reason=f"unchanged: {step.digest}")
                return Forecast(cached=False, reason=f"not in the store: {step.digest}")
            case Quantize():
                return Forecast(cached=False, reason="this version cannot convert weights")
            case Assemble():
                if self._find(step.key, None) is not None:
                    return Forecast(cached=True, reason="same inputs as before")
                return Forecast(cached=False, reason="inputs not seen together before")
            case _:
                assert_never(step)

    def _has(self, step: ImportFile) -> bool:
        return step.digest is not None and self._store.exists(_blob_descriptor(step.digest, step.size))

    def _find(self, key: str, lease: Lease | None) -> Descriptor | None:
        """Return the artifact that a key led to, if the store still has all of it."""
        entry = self._cache.get(key)
        if entry is None:
            return None
        try:
            descriptor = Descriptor.from_json(entry.get("manifest"), "build cache")  # type: ignore[arg-type]
        except FormatError:
            return None
        if lease is not None:
            lease.protect([descriptor.digest])  # a manifest under a lease keeps all that it reaches
        return descriptor if self._store.complete(descriptor) else None

    def _fetch(self, step: FetchBase, lease: Lease) -> Bundle:
        base = step.base
        lease.protect([base.descriptor.digest])
        if not self._store.complete(base.descriptor):
            if base.origin == "store":
                raise NotFoundError(f"{base.name} was removed while it was needed", hint="pull or build it again")
            name = base.name if base.origin == "registry" else None  # a pulled base stays, as after `olbuild pull`
            prepare = self._store.preparation(lease)
            source = self._open_source(base)
            if self._link:
                self._link_files(source, base.descriptor, lease)
            copy(source, self._store, base.descriptor, name=name, emit=self._emit, prepare=prepare)
        opener = Opener(store=self._store, cache=self._cache, emit=self._emit)
        bundle = read_bundle(opener.open(base.descriptor, base.name, lease), self._store.fetch)
        require_gguf(bundle, base.name)
        return replace(bundle, base=Base(name=base.name, digest=base.descriptor.digest))

    def _link_files(self, source: Source, root: Descriptor, lease: Lease) -> None:
        """Hard-link what a base holds in files on this machine, such as the models of a local Ollama."""
        if root.media_type not in MANIFESTS:
            return
        for layer in read_manifest(root, source.fetch).layers:
            content = source.fetch(layer)
            if isinstance(content, FileContent) and not self._store.exists(layer):
                self._store.import_file(content.path, link=True, lease=lease)

    def _import(self, step: ImportFile, lease: Lease) -> Blob:
        self._emit(Started(id=step.key, label=str(step.role), total=step.size))
        if step.digest is not None and self._has(step):
            self._emit(Finished(id=step.key, outcome="cached"))
            return self._blob(step, step.digest, step.size)
        with self._reporting(step):
            imported = self._store.import_file(
                step.path,
                link=self._link,
                lease=lease,
                progress=lambda amount: self._emit(Advanced(id=step.key, amount=amount)),
            )
            if not self._is_same(imported.identity, step.identity):
                raise IntegrityError(f"{step.path} changed since the plan was made", hint="build again")
        self._emit(Finished(id=step.key, outcome="exists" if imported.how in {"cached", "exists"} else "done"))
        return self._blob(step, imported.digest, imported.size)

    def _assemble(
        self, plan: Plan, base: Bundle | None, blobs: list[Blob], keys: tuple[str, ...], lease: Lease
    ) -> Descriptor:
        step = plan.assemble
        graph = self._write(assemble(plan, base, blobs))
        lease.protect([node.descriptor.digest for node in graph])
        self._emit(Started(id=step.key, label="artifact"))
        self._store_graph(graph)
        self._cache.put(assemble_key(step.profile, step.document, keys), {"manifest": graph.root.to_json()})
        self._emit(Finished(id=step.key))
        return graph.root

    def _is_same(self, now: FileIdentity, planned: FileIdentity) -> bool:
        """Whether a file is the one that was planned with. Hard-linking it changes its ctime, and nothing else."""
        return now == (replace(planned, ctime_ns=now.ctime_ns) if self._link else planned)

    @contextmanager
    def _reporting(self, step: Step) -> Iterator[None]:
        """Say that a step failed when it does."""
        try:
            yield
        except BaseException:
            self._emit(Finished(id=step.key, outcome="failed"))
            raise

    def _store_graph(self, graph: Graph) -> None:
        for node in graph:
            self._store.push(node.descriptor, node.content)

    def _blob(self, step: ImportFile, digest: Digest, size: int) -> Blob:
        content = self._store.fetch(_blob_descriptor(digest, size))
        return Blob(role=step.role, digest=digest, size=size, content=content, scale=step.scale)


def _refuse_conversion(plan: Plan) -> None:
    """Refuse a plan with a step that this version cannot execute, before anything is done.

    Raises:
        EngineError: if it has one.
    """
    for step in plan.quantizes:
        raise EngineError(
            f"QUANTIZE {step.type}: this version cannot convert weights yet",
            hint="convert the file with llama-quantize first, and name the result in FROM",
        )


def _blob_descriptor(digest: Digest, size: int) -> Descriptor:
    return Descriptor(media_type=MediaType.MODEL_WEIGHT, digest=digest, size=size)
