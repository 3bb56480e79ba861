"""diff: what differs between two models, wherever they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import zip_longest
from pathlib import Path

from olbuild.api.locations import is_path
from olbuild.api.looking import Sight, look, read_whole
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Blob, Bundle, Change, compare_bundles
from olbuild.artifact.weights import compare_headers
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.names import Role
from olbuild.core.records import Frozen
from olbuild.storage.store import Lease

_ROLES = (Role.WEIGHTS, Role.PROJECTOR, Role.ADAPTER, Role.DRAFT)


class Difference(Frozen, kw_only=True):
    """Two artifacts, and all that differs between them: nothing if they are the same model."""

    before: Sight
    after: Sight
    changes: tuple[Change, ...]


def diff(workspace: Workspace, before: str, after: str, *, remote: bool = False) -> Difference:
    """Compare two models. Of weights that differ, headers are compared; values of tensors are not read.

    Args:
        workspace: settings, listener and store.
        before: a model: as for ``inspect``, or the path of a Modelfile, which is built.
        after: the other one.
        remote: ask the registries, whatever the store has.

    Raises:
        NotFoundError: if there is no such model.
        FormatError: if it is none that olbuild can read.
        ModelfileError: if a Modelfile is wrong.
        RefusedError, RegistryError: as a registry answers.
    """
    with workspace.store.lease("diff") if is_path(before) or is_path(after) else nullcontext() as lease:
        one, other = (_look(workspace, text, lease, remote=remote) for text in (before, after))
        if one.root.digest == other.root.digest:
            return Difference(before=one, after=other, changes=())
        first, second = (read_whole(workspace, sight) for sight in (one, other))
        changes = (*compare_bundles(first, second), *_files(first, second))
    return Difference(before=one, after=other, changes=changes)


def _look(workspace: Workspace, text: str, lease: Lease | None, *, remote: bool) -> Sight:
    if not is_path(text):
        return look(workspace, text, remote=remote)
    from olbuild.api.building import build, read_request  # noqa: PLC0415 - the compiler, for few comparisons

    built = build(workspace, read_request(Path(text)), lease=lease)
    return Sight(holder=workspace.store, root=built.descriptor, name=text)


def _files(before: Bundle, after: Bundle) -> Iterator[Change]:
    for role in _ROLES:
        pairs = zip_longest(_of(before, role), _of(after, role))
        for number, (one, other) in enumerate(pairs, 1):
            if one is not None and other is not None and one.digest == other.digest:
                continue
            name = role.value if number == 1 else f"{role.value} {number}"
            if one is not None and other is not None:
                yield from compare_headers(name, _header(one), _header(other))
            yield Change(
                section="weights",
                name=name,
                before=None if one is None else f"{one.digest} ({one.size} bytes)",
                after=None if other is None else f"{other.digest} ({other.size} bytes)",
            )


def _of(bundle: Bundle, role: Role) -> tuple[Blob, ...]:
    return tuple(blob for blob in bundle.blobs if blob.role is role)


def _header(blob: Blob) -> Header:
    return read_header(blob.content, f"the {blob.role.value} file {blob.digest.short}")
