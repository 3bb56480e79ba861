"""What is in the store: list, tag, remove, prune, usage, verify."""

from __future__ import annotations

from dataclasses import dataclass

from olbuild.api.lookup import find
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.core.content import Descriptor
from olbuild.core.errors import OlbuildError
from olbuild.core.names import Digest, local_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A named artifact. ``size`` is the sum of all that it reaches, in bytes; ``problem`` says why it is unreadable."""

    name: str
    digest: Digest
    size: int
    architecture: str | None = None
    parameters: int | None = None
    quantization: str | None = None
    problem: str | None = None


def list_artifacts(workspace: Workspace) -> tuple[Listed, ...]:
    """List the names in the store, in the order of their names. A damaged artifact is listed with its problem."""
    return tuple(_listed(workspace, name, root) for name, root in workspace.store.names().items())


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
