"""A FROM that names an artifact: in the store, in an OCI layout, or in a registry. Pinned to its digest here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol

from olbuild.artifact.splitting import Joined
from olbuild.artifact.variants import is_variants
from olbuild.building.plan import ArtifactInput
from olbuild.building.sources.disk import Disk
from olbuild.building.sources.stored import resolve_stored
from olbuild.building.sources.variants import pick
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.core.events import Emit, ignore
from olbuild.core.names import LAYOUT_SCHEME, Reference, local_name
from olbuild.core.records import replace
from olbuild.storage.ports import Source
from olbuild.storage.store import Store
from olbuild.storage.store.layout import Layout

PullPolicy = Literal["missing", "always", "never"]
OpenRegistry = Callable[[Reference], Source]
"""Opens the repository of a reference."""


class Library(Protocol):
    """What Ollama does with names."""

    def look_up(self, name: str) -> tuple[Source, str]:
        """Open where Ollama would look for a name without a host, and say its name there.

        Raises:
            NotFoundError: if that is nowhere.
        """
        ...

    def name_of(self, reference: Reference) -> str | None:
        """Return what Ollama calls a model of its registry; ``None`` for what is in another one."""
        ...


class Named(Protocol):
    """What keeps artifacts under names, and may have only one."""

    def names(self) -> dict[str, Descriptor]:
        """Return all names with what they stand for."""
        ...

    def only_name(self) -> str:
        """Return the name of the only artifact, or its digest if it has none."""
        ...


class Artifacts:
    """Looks artifacts up."""

    def __init__(
        self,
        store: Store,
        open_registry: OpenRegistry,
        pull: PullPolicy,
        library: Library,
        *,
        variant: str | None = None,
        emit: Emit = ignore,
    ) -> None:
        """Look in a store first, and in registries as the policy says; in the library for names without a host.

        Of an index of variants, take ``variant``.
        """
        self._library = library
        self._store = store
        self._variant = variant
        self._emit = emit
        self._open_registry = open_registry
        self._pull = pull
        self._layouts: dict[str, Source] = {}  # what was resolved in them stays known: a split artifact is whole there
        self._repositories: dict[str, Source] = {}
        self._found: dict[str, Source] = {}  # by the name of what was found in it

    def knows(self, value: str) -> bool:
        """Whether the store has an artifact of that name."""
        return self._stored(value) is not None

    def find(self, value: str, folder: Path) -> ArtifactInput:
        """Resolve a name to a digest.

        Args:
            value: ``oci:DIR[:NAME]``, a name in the store, or a reference with a host.
            folder: what a relative DIR is relative to.

        Raises:
            NotFoundError: if there is no such artifact.
            UsageError: if the value is no name.
        """
        if value.startswith(LAYOUT_SCHEME):
            return self._in_layout(value, folder)
        stored = self._stored(value)
        reference = _reference(value)
        remote = reference is not None and reference.host is not None
        if stored is not None and not (remote and self._asks(stored)):
            descriptor = self._pick(self._store, stored.descriptor)
            return replace(stored, descriptor=descriptor, stored=self._store.complete(descriptor))
        called = self._library.name_of(reference) if remote and reference is not None else local_name(value)
        name = called or str(reference)
        if self._pull == "never":
            raise NotFoundError(f"{value} is not in the store, and --pull never forbids to fetch it")
        if remote and reference is not None:
            source, there = self._repository(reference), str(reference.digest or reference.tag)
        else:
            source, there = self._library.look_up(name)
        descriptor = self._pick(source, source.resolve(there))
        self._found[name] = source
        return ArtifactInput(
            name=name,
            descriptor=descriptor,
            origin="registry",
            location=reference.name if remote and reference is not None else source.label,
            stored=self._store.complete(descriptor),
        )

    def open(self, artifact: ArtifactInput) -> Source:
        """Return the place that a found artifact is to be copied from: the one in which it was found."""
        if artifact.origin == "layout":
            return self._layouts[artifact.location]
        return self._found[artifact.name]

    def _asks(self, stored: ArtifactInput) -> bool:
        """Whether to ask the registry for what is stored: always, or for a variant that may be another one."""
        another = self._variant is not None and not is_variants(stored.descriptor, self._store.fetch)
        return self._pull == "always" or (self._pull == "missing" and another)

    def _pick(self, source: Source, root: Descriptor) -> Descriptor:
        """Take a variant where there are several; ``--variant`` says nothing about a FROM that has none."""
        wanted = self._variant if is_variants(root, source.fetch) else None
        return pick(source, root, wanted, self._emit)

    def _stored(self, value: str) -> ArtifactInput | None:
        reference = _reference(value)
        try:
            if reference is not None and reference.digest is not None:
                descriptor = self._store.resolve(str(reference.digest))
                name = str(reference)
            else:
                name, descriptor = resolve_stored(self._store, value)
        except (NotFoundError, UsageError):
            return None
        return ArtifactInput(
            name=name,
            descriptor=descriptor,
            origin="store",
            location="the store",
            stored=self._store.complete(descriptor),
        )

    def _repository(self, reference: Reference) -> Source:
        """Open the repository of a reference, once."""
        name = str(reference)
        if name not in self._repositories:
            self._repositories[name] = Joined(self._open_registry(reference), reference.tag)
        return self._repositories[name]

    def _in_layout(self, value: str, folder: Path) -> ArtifactInput:
        place, _, name = value.removeprefix(LAYOUT_SCHEME).partition(":")
        path = _expand(place, folder)
        layout = Layout(path)
        name = name_in_layout(layout, name or None)
        source = self._layouts.setdefault(str(path), Joined(layout))
        descriptor = self._pick(source, source.resolve(name))
        return ArtifactInput(
            name=local_name(name) if not name.startswith("sha256:") else name,
            descriptor=descriptor,
            origin="layout",
            location=str(path),
            stored=self._store.complete(descriptor),
        )


def name_in_layout(layout: Named, name: str | None) -> str:
    """Return how a layout or an archive calls what a person calls ``name``.

    That is exactly so, or with the tag ``latest`` said or left out.

    Raises:
        NotFoundError: if no name is given and there is not exactly one.
    """
    if name is None:
        return layout.only_name()
    names = layout.names()
    spellings = (name, f"{name}:latest", name.removesuffix(":latest"))
    return next((spelling for spelling in spellings if spelling in names), name)


def _expand(place: str, folder: Path) -> Path:
    try:
        from olbuild.language.modelfile.paths import expand_path  # noqa: PLC0415 - not for pulls

        return Path(expand_path(place, str(folder), Disk()))
    except LookupError as error:
        raise NotFoundError(f"there is no user {error.args[0]!r}", hint="write the whole path") from None


def _reference(value: str) -> Reference | None:
    try:
        return Reference.parse(value)
    except UsageError:
        return None
