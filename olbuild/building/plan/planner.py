"""Inputs to plan. Pure: the same inputs give the same plan."""

from __future__ import annotations

import msgspec
from msgspec.structs import astuple

from olbuild.building.plan.inputs import ArtifactInput, FileInput, Inputs, StageInputs
from olbuild.building.plan.steps import (
    Assemble,
    FetchBase,
    ImportFile,
    Layer,
    Plan,
    Quantize,
    assemble_key,
    import_key,
    step_key,
)
from olbuild.core.content import canonical_json
from olbuild.core.content.canonical import Json


def make_plan(inputs: Inputs, profile: str) -> Plan:
    """Lay out the steps: the base first, then the files in the order of the Modelfile, then the assembly.

    Args:
        inputs: the resolved inputs.
        profile: the format of the artifact and the version of its writer, such as ``modelpack/1``.
    """
    steps: list[FetchBase | ImportFile | Quantize] = []
    if inputs.base is not None:
        steps.append(_fetch(inputs.base))
    for stage in inputs.stages:
        steps += [_import(file) for file in stage.files]
        if stage.quantize is not None:
            key = step_key("quantize", type=stage.quantize, inputs=[step.key for step in steps])
            steps.append(Quantize(key=key, type=stage.quantize))
    keys = tuple(step.key for step in steps)
    document = canonical_json([_document(stage) for stage in inputs.stages])
    layers = tuple(
        Layer(content=stage.content, files=len(stage.files), removals=stage.removals) for stage in inputs.stages
    )
    key = assemble_key(profile, document, keys)
    assemble = Assemble(key=key, profile=profile, layers=layers, document=document, inputs=keys)
    return Plan(steps=(*steps, assemble))


def _document(stage: StageInputs) -> Json:
    """Return what a stage says, as far as its files do not say it."""
    return {
        "content": msgspec.to_builtins(stage.content),
        "removals": msgspec.to_builtins(stage.removals),
        "scales": [file.scale for file in stage.files],
    }


def _fetch(base: ArtifactInput) -> FetchBase:
    return FetchBase(key=step_key("base", name=base.name, digest=str(base.descriptor.digest)), base=base)


def _import(file: FileInput) -> ImportFile:
    if file.digest is not None:
        key = import_key(file.role, file.digest)
    else:
        key = step_key("import", role=str(file.role), identity=[str(part) for part in astuple(file.identity)])
    return ImportFile(
        key=key,
        path=file.path,
        role=file.role,
        size=file.size,
        identity=file.identity,
        digest=file.digest,
        scale=file.scale,
    )
