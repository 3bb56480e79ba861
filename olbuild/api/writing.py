"""The formats in which a build writes its artifact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, assert_never

from olbuild.api.workspace import Workspace
from olbuild.building.assembled import Write, write_modelpack

Profile: TypeAlias = Literal["modelpack", "ollama", "docker", "modelcar"]

VERSIONS: Mapping[Profile, str] = {
    "modelpack": "modelpack/1",
    "ollama": "ollama/1",
    "docker": "docker/1",
    "modelcar": "modelcar/1",
}
"""Each format with the version of its writer: a change of its output is a change of this number."""


def writer(workspace: Workspace, profile: Profile) -> Write:
    """Return what writes the artifact of a build in a format."""
    match profile:
        case "modelpack":
            return write_modelpack
        case "ollama":
            from olbuild.api.ollama import writer as ollama_writer  # noqa: PLC0415 - another format, for few builds

            return ollama_writer(workspace)
        case "docker" | "modelcar":
            from olbuild.api.conversion import writer_of  # noqa: PLC0415 - another format, for few builds

            return writer_of(workspace, profile)
        case _:
            assert_never(profile)
