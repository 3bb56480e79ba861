"""load and test: from a name to a model that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.api.locations import LocalLocation, RegistryLocation, is_path, parse_location
from olbuild.api.lookup import find
from olbuild.api.placing import load_placed
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import ParameterValue
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.variants import is_variants
from olbuild.artifact.weights import require_gguf
from olbuild.building.sources.variants import pick
from olbuild.core.content import Descriptor
from olbuild.core.errors import NotFoundError
from olbuild.core.events import Said
from olbuild.core.names import ARCHIVE_SCHEME, LAYOUT_SCHEME
from olbuild.core.records import replace
from olbuild.storage.store import Lease

if TYPE_CHECKING:
    from olbuild.api.trials import Trials
    from olbuild.running.session.model import Model


@contextmanager
def load(
    workspace: Workspace,
    name: str,
    options: Mapping[str, ParameterValue] | None = None,
    *,
    system: str | None = None,
    variant: str | None = None,
    parallel: int = 1,
) -> Iterator[Model]:
    """Load a model for the length of a ``with`` block. Its files stay in the store for that long, whatever is removed.

    Args:
        workspace: settings, listener and store.
        name: a name or ``sha256:…`` in the store; a reference or ``oci:DIR[:NAME]``, which is pulled first if it is
            not in the store; or a path such as ``./Modelfile``, which is built first.
        options: parameters that win over the artifact's.
        system: a system text in place of the artifact's.
        variant: which one to take where the name stands for several; the best that fits this machine if left out.
        parallel: how many requests are worked on at once, each with a whole context if there is memory for that.

    Raises:
        NotFoundError: if there is no such model.
        EngineError, ResourceError, UsageError, FormatError: if it cannot be loaded.
    """
    with workspace.store.lease(f"run {name}") as lease:
        root = workspace.opener.open(_find(workspace, name, lease, variant), name, lease)
        bundle = read_bundle(root, workspace.store.fetch)
        require_gguf(bundle, name)
        if system is not None:
            bundle = replace(bundle, system=system or None)
        with load_placed(workspace, bundle, name, options or {}, parallel=parallel) as model:
            yield model


def run_tests(workspace: Workspace, name: str, *, only: Sequence[str] = (), fail_fast: bool = False) -> Trials:
    """Run the tests of an artifact, which is found as ``load`` finds it. That tests fail is no error.

    Args:
        workspace: settings, listener and store.
        name: as for ``load``.
        only: names of the tests to run; none is all.
        fail_fast: whether the first test that fails is the last that is run.

    Raises:
        NotFoundError: if there is no such artifact.
        FormatError: if a test has an expression or a schema that is none; no test is run then.
        UsageError: if there is no test of a name in ``only``.
        EngineError, ResourceError: if the engine is missing (nothing is fetched then), or the model cannot be loaded.
    """
    from olbuild.api.trials import require_engine, run_tests_of  # noqa: PLC0415 - not for an answer

    require_engine()
    with workspace.store.lease(f"test {name}") as lease:
        root = workspace.opener.open(_find(workspace, name, lease), name, lease)
        return run_tests_of(workspace, root, name, only=only, fail_fast=fail_fast)


def _find(workspace: Workspace, name: str, lease: Lease, variant: str | None = None) -> Descriptor:
    """Return the root of a model that is then wholly in the store and protected there: pulled or built if need be."""
    if is_path(name):
        from olbuild.api.building import build, read_request  # noqa: PLC0415 - the compiler, which running does not need

        return build(workspace, replace(read_request(Path(name)), variant=variant), lease=lease).descriptor
    if name.startswith((LAYOUT_SCHEME, ARCHIVE_SCHEME)):
        return _from_layout(workspace, name, lease, variant)
    stored = _stored(workspace, name, lease)
    if stored is not None and not (variant is not None and _is_one_of_several(workspace, name, stored)):
        return pick(workspace.store, stored, variant, workspace.emit)
    from olbuild.api.transfer import pull  # noqa: PLC0415 - most models are there

    what = name if stored is None else f"the variant {variant} of {name}"
    if not isinstance(parse_location(name), LocalLocation):  # of the others, looking them up is said
        workspace.emit(Said(text=f"{what} is not in the local store; pulling it"))
    return pull(workspace, name, lease=lease, variant=variant).descriptor


def _is_one_of_several(workspace: Workspace, name: str, stored: Descriptor) -> bool:
    """Whether the registry may have another variant of what is stored."""
    return isinstance(parse_location(name), RegistryLocation) and not is_variants(stored, workspace.store.fetch)


def _from_layout(workspace: Workspace, name: str, lease: Lease, variant: str | None) -> Descriptor:
    """Copy a model out of a layout or an archive, without a name: the store's own names stay what they are."""
    from olbuild.api.targets import open_source  # noqa: PLC0415 - few come from there
    from olbuild.api.transfer import bring  # noqa: PLC0415

    origin, name_there = open_source(workspace, parse_location(name))
    root = pick(origin, origin.resolve(name_there), variant, workspace.emit)
    bring(workspace, origin, root, lease)
    return root


def _stored(workspace: Workspace, name: str, lease: Lease) -> Descriptor | None:
    """Return the root of a model that the store has, by any of its names; of a pinned reference the digest counts."""
    _, pinned, digest = name.partition("@")
    try:
        _, root = find(workspace, digest if pinned else name)
    except NotFoundError:
        return None
    lease.protect([root.digest])
    return root if workspace.store.complete(root) else None
