"""A workspace over an empty home, and a short way to build."""

from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, BuildResult, build
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles import read_bundle
from olbuild.core.events import Event

Build = Callable[..., BuildResult]


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def workspace(events: list[Event]) -> Workspace:
    return Workspace(emit=events.append)


@pytest.fixture
def make(workspace: Workspace, tmp_path: Path) -> Build:
    """Build a Modelfile that lies in ``tmp_path``."""

    def build_text(text: str, *names: str, **options: object) -> BuildResult:
        request = BuildRequest(data=text.encode(), name="Modelfile", folder=tmp_path, **options)  # type: ignore[arg-type]
        return build(workspace, request, names)

    return build_text


@pytest.fixture
def bundle_of(workspace: Workspace) -> Callable[[BuildResult], Bundle]:
    return lambda built: read_bundle(built.descriptor, workspace.store.fetch)
