"""load: from a name to a model that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import assert_never

from olbuild.api.locations import LayoutLocation, LocalLocation, RegistryLocation, parse_location
from olbuild.api.transfer import library_missing, pull
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import ParameterValue
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError
from olbuild.core.events import Said
from olbuild.core.names import Digest
from olbuild.running.session import Model
from olbuild.running.session import load as load_bundle
from olbuild.storage.store import Lease


@contextmanager
def load(
    workspace: Workspace, name: str, options: Mapping[str, ParameterValue] | None = None, *, system: str | None = None
) -> Iterator[Model]:
    """Load a model for the length of a ``with`` block. Its files stay in the store for that long, whatever is removed.

    Args:
        workspace: settings, listener and store.
        name: a name or ``sha256:…`` in the store; a reference or ``oci:DIR[:NAME]``, which is pulled first if it is
            not in the store; or a path such as ``./Modelfile``, which is built first.
        options: parameters that win over the artifact's.
        system: a system text in place of the artifact's.

    Raises:
        NotFoundError: if there is no such model.
        EngineError, ResourceError, UsageError, FormatError: if it cannot be loaded.
    """
    with workspace.store.lease(f"run {name}") as lease:
        root = _find(workspace, name, lease)
        bundle = read_bundle(root, workspace.store.fetch)
        if system is not None:
            bundle = replace(bundle, system=system or None)
        with load_bundle(bundle, options=options or {}, emit=workspace.emit) as model:
            yield model


def _find(workspace: Workspace, name: str, lease: Lease) -> Descriptor:
    """Return the root of a model that is wholly in the store, and protected there."""
    if _is_path(name):
        from olbuild.api.building import build, read_request  # noqa: PLC0415 - the compiler, which running does not need

        return build(workspace, read_request(Path(name)), lease=lease).descriptor
    stored = _stored(workspace, name, lease)
    if stored is not None:
        return stored
    location = parse_location(name)
    if isinstance(location, LocalLocation):
        raise library_missing(location.name)
    workspace.emit(Said(text=f"{name} is not in the local store; pulling it"))
    root = pull(workspace, name).descriptor
    lease.protect([root.digest])
    return root


def _is_path(name: str) -> bool:
    return name.startswith(("./", "../", "/", "~/")) or name in {".", ".."}


def _stored(workspace: Workspace, name: str, lease: Lease) -> Descriptor | None:
    try:
        root = workspace.store.resolve(_key(name))
    except NotFoundError:
        return None
    lease.protect([root.digest])
    return root if workspace.store.complete(root) else None


def _key(name: str) -> str:
    """Return what the store is asked for: a digest as it is, the digest of a pinned reference, else a full name."""
    if name.startswith("sha256:"):
        return str(Digest.parse(name))
    location = parse_location(name)
    match location:
        case RegistryLocation():
            return str(location.reference.digest or location.reference)
        case LayoutLocation():
            return location.name or name
        case LocalLocation():
            return location.name
        case _:
            assert_never(location)
