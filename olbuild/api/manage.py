"""What is in the store: list, tag, remove, prune, usage, verify."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.api.lookup import find
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.variants import is_variants, read_variants
from olbuild.core.content import Descriptor
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest, attached_tags, beside, is_attached, local_name
from olbuild.core.records import Frozen
from olbuild.storage.store import Pruned


class Listed(Frozen, kw_only=True):
    """A named artifact. ``size`` is the sum of all that it reaches, in bytes; ``problem`` says why it is unreadable."""

    name: str
    digest: Digest
    size: int
    architecture: str | None = None
    parameters: int | None = None
    quantization: str | None = None
    problem: str | None = None


def list_artifacts(workspace: Workspace) -> tuple[Listed, ...]:
    """List the names in the store, in the order of their names. A damaged artifact is listed with its problem.

    What belongs to another artifact, such as a signature under a tag of cosign's, is not listed.
    """
    names = workspace.store.names()
    return tuple(_listed(workspace, name, root) for name, root in names.items() if not is_attached(name))


def remove(workspace: Workspace, names: tuple[str, ...]) -> Iterator[tuple[str, Pruned]]:
    """Take names away, and with the last one of an artifact what only it needed, signatures included.

    A digest takes an artifact away with all its names, or one that has none.

    Yields:
        each name, or digest, and what was freed with it.

    Raises:
        NotFoundError: if one of them is not there; nothing is removed then.
        StoreError: if the store cannot be written.
    """
    store = workspace.store
    found = dict(_removable(workspace, name) for name in names)  # all before any is gone
    for name, root in found.items():
        freed = [store.remove(name)]
        left = store.names()
        if root not in {entry.digest for entry in left.values()}:
            tags = {beside(name, tag) for tag in attached_tags(root)}
            freed += [store.remove(tag) for tag in tags & left.keys()]
        yield (
            name,
            Pruned(
                blobs=sum(each.blobs for each in freed),
                bytes=sum(each.bytes for each in freed),
                digests=tuple(digest for each in freed for digest in each.digests),
                kept=sum(each.kept for each in freed),
            ),
        )


def _removable(workspace: Workspace, text: str) -> tuple[str, Digest]:
    """Return what the store calls what shall go, and the digest of that."""
    if text.startswith("sha256:"):
        _, root = find(workspace, text)
        return str(root.digest), root.digest
    name = local_name(text)
    return name, workspace.store.resolve(name).digest


def tag(workspace: Workspace, source: str, names: tuple[str, ...]) -> Descriptor:
    """Give an artifact further names.

    Raises:
        NotFoundError: if the store has no such artifact.
        UsageError: if a name is no name; nothing is tagged then.
    """
    checked = [local_name(name) for name in names]
    _, root = find(workspace, source)
    for name in checked:
        workspace.store.tag(root, name)
    return root


def _listed(workspace: Workspace, name: str, root: Descriptor) -> Listed:
    try:
        if is_variants(root, workspace.store.fetch):
            return _listed_index(workspace, name, root)
        bundle: Bundle = read_bundle(root, workspace.store.fetch)
        size = sum(node.size for node in workspace.store.graph(root))
    except OlbuildError as error:
        return Listed(name=name, digest=root.digest, size=root.size, problem=error.message)
    metadata = bundle.metadata
    return Listed(
        name=name,
        digest=root.digest,
        size=size,
        architecture=metadata.architecture,
        parameters=metadata.parameters,
        quantization=metadata.quantization,
    )


def _listed_index(workspace: Workspace, name: str, root: Descriptor) -> Listed:
    variants = read_variants(root, workspace.store.fetch)
    return Listed(
        name=name,
        digest=root.digest,
        size=sum(node.size for node in workspace.store.graph(root)),
        parameters=max((variant.parameters or 0 for variant in variants), default=0) or None,
        quantization=", ".join(variant.name for variant in variants),
    )
