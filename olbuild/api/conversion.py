"""convert: the same model in another format, with the same files wherever their bytes are the same."""

from __future__ import annotations

from olbuild.api.lookup import find
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle
from olbuild.artifact.profiles import (
    WritableProfile,
    modelcar,
    modelpack,
    ollama,
    read_bundle,
    read_manifest,
    writable_profile,
)
from olbuild.artifact.weights import require_gguf
from olbuild.artifact.weights.gguf import Header, describe, read_header
from olbuild.building.assembled import Assembled, Write
from olbuild.building.cache import BuildCache
from olbuild.core.content import Descriptor, Graph
from olbuild.core.errors import ModelfileError
from olbuild.core.events import Said
from olbuild.core.names import local_name
from olbuild.core.records import Frozen, replace
from olbuild.storage.copy import copy
from olbuild.storage.graph import GraphSource
from olbuild.storage.store import Lease


class Conversion(Frozen, kw_only=True):
    """A model in another format: its graph, whose content may be virtual, and what was lost, a sentence each."""

    graph: Graph
    losses: tuple[str, ...]


class Converted(Frozen, kw_only=True):
    """An artifact in the store, and its names there."""

    descriptor: Descriptor
    names: tuple[str, ...]
    losses: tuple[str, ...]


def convert(workspace: Workspace, source: str, profile: str, names: tuple[str, ...] = ()) -> Converted:
    """Write an artifact of the store in another format. Without names it stays there until the next ``prune``.

    Each thing that the format cannot carry is said as a warning.

    Args:
        workspace: settings, listener and store.
        source: a name in the store.
        profile: the format, such as ``docker``.
        names: what to call it.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if there is no such format, or a name is none; nothing is written then.
        FormatError: if the artifact is none that olbuild can read, or the format cannot hold it.
        IntegrityError, ResourceError, StoreError: if it cannot be stored; nothing is named then.
    """
    written = writable_profile(profile)
    names = tuple(dict.fromkeys(local_name(name) for name in names))
    name, root = find(workspace, source)
    with workspace.store.lease(f"convert {name}") as lease:
        made = conversion(workspace, name, root, written, lease)
        store = workspace.store
        copy(
            GraphSource(made.graph, name),
            store,
            made.graph.root,
            emit=workspace.emit,
            prepare=store.preparation(lease),
        )
        for each in names:
            store.tag(made.graph.root, each)
    return Converted(descriptor=made.graph.root, names=names, losses=made.losses)


def conversion(workspace: Workspace, name: str, root: Descriptor, profile: WritableProfile, lease: Lease) -> Conversion:
    """Write an artifact of the store in another format, without storing it; say what is lost as warnings.

    Args:
        workspace: settings, listener and store.
        name: what messages call the artifact.
        root: its root.
        profile: the format.
        lease: protects the artifact for as long as the result is used.

    Raises:
        FormatError: if the artifact is none that olbuild can read, or the format cannot hold it.
        IntegrityError, NotFoundError: if something of it is damaged or missing.
    """
    lease.protect([root.digest])
    opened = workspace.opener.open(root, name, lease)
    bundle = read_bundle(opened, workspace.store.fetch)
    require_gguf(bundle, name)
    if not modelpack.recognises(read_manifest(opened, workspace.store.fetch)):
        bundle = _completed(workspace, bundle, name)
    graph = _written(workspace, opened, profile, bundle)
    return Conversion(graph=graph, losses=_say_losses(workspace, profile, bundle))


def writer_of(workspace: Workspace, profile: str) -> Write:
    """Return what writes the artifact of a build in another format, and says what is lost as warnings."""
    writable = writable_profile(profile)

    def write(assembled: Assembled) -> Graph:
        graph = _write(workspace, writable, assembled.bundle)
        _say_losses(workspace, writable, assembled.bundle)
        return graph

    return write


def _say_losses(workspace: Workspace, profile: WritableProfile, bundle: Bundle) -> tuple[str, ...]:
    losses = profile.losses(bundle)
    for loss in losses:
        workspace.emit(Said(text=f"{profile.name}: {loss}", level="warning"))
    return losses


def _written(workspace: Workspace, root: Descriptor, profile: WritableProfile, bundle: Bundle) -> Graph:
    if profile is not ollama:
        return _write(workspace, profile, bundle)
    from olbuild.api.ollama import derived_ollama  # noqa: PLC0415 - may load compilers of templates, for one format

    return derived_ollama(workspace, root)


def _write(workspace: Workspace, profile: WritableProfile, bundle: Bundle) -> Graph:
    if profile is not modelcar:
        return profile.write(bundle)
    remembered = BuildCache(workspace.store.home.state / "archives")
    return modelcar.write(bundle, modelcar.ArchiveDigests(remembered, workspace.emit))


def _completed(workspace: Workspace, bundle: Bundle, name: str) -> Bundle:
    """Add what other formats do not hold, and a build would: what the headers say, and a Go template as Jinja."""

    def headers(blobs: tuple[Blob, ...]) -> list[Header]:
        return [read_header(blob.content, f"{name}: {blob.role} {blob.digest.short}") for blob in blobs]

    bundle = replace(bundle, metadata=describe(headers(bundle.weights), headers(bundle.projectors)))
    template = bundle.template
    if template is None or template.language != "go" or template.compiled is not None:
        return bundle
    from olbuild.building.sources.texts import compiled_template  # noqa: PLC0415 - a compiler, for few

    try:
        return replace(bundle, template=compiled_template(template.text, f"the template of {name}"))
    except ModelfileError as error:
        workspace.emit(Said(text=f"the template stays as it is, without Jinja: {error.message}", level="warning"))
        return bundle
