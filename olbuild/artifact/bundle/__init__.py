"""The bundle: the content of a model, whatever format carries it. Building, running and diffing speak only this."""

from olbuild.artifact.bundle.compare import Change, compare_bundles
from olbuild.artifact.bundle.model import (
    Base,
    Blob,
    Bundle,
    CompiledTemplate,
    Extra,
    Message,
    Metadata,
    ParameterValue,
    Template,
    Test,
)
from olbuild.artifact.bundle.overlay import overlay
from olbuild.artifact.bundle.removal import Removal, without
from olbuild.artifact.bundle.subtract import subtract

__all__ = [
    "Base",
    "Blob",
    "Bundle",
    "Change",
    "CompiledTemplate",
    "Extra",
    "Message",
    "Metadata",
    "ParameterValue",
    "Removal",
    "Template",
    "Test",
    "compare_bundles",
    "overlay",
    "subtract",
    "without",
]
