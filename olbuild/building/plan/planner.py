"""Inputs to plan. Pure: the same inputs give the same plan."""

from __future__ import annotations

from dataclasses import astuple

import msgspec

from olbuild.building.plan.inputs import ArtifactInput, FileInput, Inputs
from olbuild.building.plan.steps import Assemble, FetchBase, ImportFile, Plan, assemble_key, import_key, step_key
from olbuild.core.content import canonical_json


def make_plan(inputs: Inputs, profile: str) -> Plan:
    """Lay out the steps: the base first, then the files in the order of the Modelfile, then the assembly.

    Args:
        inputs: the resolved inputs.
        profile: the format of the artifact and the version of its writer, such as ``modelpack/1``.
    """
    base = _fetch(inputs.base) if inputs.base is not None else None
    files = tuple(_import(file) for file in inputs.files)
    before: tuple[FetchBase | ImportFile, ...] = (*((base,) if base else ()), *files)
    keys = tuple(step.key for step in before)
    document = canonical_json(msgspec.to_builtins(inputs.content))
    return Plan(
        steps=(
            *before,
            Assemble(
                key=assemble_key(profile, document, keys),
                profile=profile,
                content=inputs.content,
                document=document,
                inputs=keys,
            ),
        )
    )


def _fetch(base: ArtifactInput) -> FetchBase:
    return FetchBase(key=step_key("base", name=base.name, digest=str(base.descriptor.digest)), base=base)


def _import(file: FileInput) -> ImportFile:
    if file.digest is not None:
        key = import_key(file.role, file.digest)
    else:
        key = step_key("import", role=str(file.role), identity=[str(part) for part in astuple(file.identity)])
    return ImportFile(
        key=key, path=file.path, role=file.role, size=file.size, identity=file.identity, digest=file.digest
    )
