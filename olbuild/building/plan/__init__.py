"""The plan: immutable steps, each with a cache key, made without I/O. The printed plan is the executed plan."""

from olbuild.building.plan.inputs import ArtifactInput, FileInput, Inputs, StageInputs
from olbuild.building.plan.planner import make_plan
from olbuild.building.plan.steps import Assemble, FetchBase, ImportFile, Layer, Plan, Quantize, Step

__all__ = [
    "ArtifactInput",
    "Assemble",
    "FetchBase",
    "FileInput",
    "ImportFile",
    "Inputs",
    "Layer",
    "Plan",
    "Quantize",
    "StageInputs",
    "Step",
    "make_plan",
]
