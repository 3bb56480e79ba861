"""What would be used for a model, and why."""

from __future__ import annotations

from pathlib import Path

from olbuild.api.doctor.report import Finding, ModelFinding
from olbuild.api.locations import is_path
from olbuild.api.looking import look, read_whole
from olbuild.api.workspace import Workspace
from olbuild.artifact.weights.gguf import is_gguf, read_header
from olbuild.building.sources.variants import pick
from olbuild.core.content import FileContent
from olbuild.core.errors import NotFoundError, ResourceError, UsageError
from olbuild.core.names import INDEXES
from olbuild.core.records import replace
from olbuild.running.devices.machine import Machine
from olbuild.running.memory import Plan, Shape, Wishes, plan, read_shape
from olbuild.running.planning import as_set, shape_of, wishes_of


def examine_model(
    workspace: Workspace, name: str, wishes: Wishes | None, machine: Machine
) -> tuple[ModelFinding, list[Finding]]:
    """Plan a model without loading it.

    Args:
        workspace: settings, listener and store.
        name: a name, a reference, or the path of a GGUF file.
        wishes: what counts more than the parameters of the model.
        machine: where it would run.

    Raises:
        NotFoundError, UsageError, FormatError, RegistryError, RefusedError: if it cannot be looked at.
    """
    shape, own = _of_file(name) if is_path(name) else _of_artifact(workspace, name)
    own = as_set(own, workspace.config)
    chosen: Plan | None = None
    findings: list[Finding] = []
    try:
        chosen = plan(shape, own if wishes is None else _both(own, wishes), machine)
    except ResourceError as error:
        findings.append(Finding(level="bad", text=f"{name}: {error.message}", remedy=error.hint or ""))
    else:
        findings.append(Finding(level="good", text=f"{name} fits into memory"))
    return _finding(name, shape, chosen), findings


def _finding(name: str, shape: Shape, chosen: Plan | None) -> ModelFinding:
    return ModelFinding(
        name=name,
        architecture=shape.architecture,
        size=shape.size,
        layers=len(shape.layers),
        trained_context=shape.trained_context,
        plan=chosen,
    )


def _both(own: Wishes, given: Wishes) -> Wishes:
    return replace(own, context=given.context or own.context, parallel=given.parallel)


def _of_file(name: str) -> tuple[Shape, Wishes]:
    path = Path(name).expanduser()
    if not path.is_file():
        raise NotFoundError(f"there is no file {name}")
    content = FileContent.of(path)
    if not is_gguf(content):
        raise UsageError(f"{name} is no GGUF file", hint="build it first; then olbuild doctor NAME")
    return read_shape([read_header(content, name)]), Wishes()


def _of_artifact(workspace: Workspace, name: str) -> tuple[Shape, Wishes]:
    sight = look(workspace, name)
    if sight.root.media_type in INDEXES:
        sight = replace(sight, root=pick(sight.holder, sight.root, None, workspace.emit))
    bundle = read_whole(workspace, sight)
    return shape_of(bundle, name), wishes_of(bundle, {})
