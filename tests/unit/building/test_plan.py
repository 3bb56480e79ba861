"""The plan is the build: what it says is what happens, and what is unchanged is not done again."""

from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build, plan, source_date
from olbuild.api.workspace import Workspace
from olbuild.building.plan.render import to_json, to_text
from olbuild.core.errors import UsageError
from olbuild.core.events import Advanced, Event
from olbuild.testing.models import model_bytes
from tests.unit.building.conftest import Build


@pytest.fixture
def request_(tmp_path: Path) -> BuildRequest:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    return BuildRequest(data=b"FROM ./m.gguf\nSYSTEM Be brief.\n", name="Modelfile", folder=tmp_path)


def test_a_plan_says_what_will_be_done(workspace: Workspace, request_: BuildRequest) -> None:
    before = plan(workspace, request_)
    assert [forecast.cached for forecast in before.forecasts.values()] == [False, False]
    build(workspace, request_, ("me/a",))
    after = plan(workspace, request_)
    assert [forecast.cached for forecast in after.forecasts.values()] == [True, True]
    assert "m.gguf" in to_text(after.plan, after.forecasts)
    assert [step["step"] for step in to_json(after.plan, after.forecasts)["steps"]] == ["import", "assemble"]  # type: ignore[union-attr,index,call-overload]


def test_planning_writes_nothing(workspace: Workspace, request_: BuildRequest) -> None:
    plan(workspace, request_)
    assert list(workspace.store.layout.blobs) == []


def test_an_unchanged_rebuild_reads_no_weights(
    workspace: Workspace, request_: BuildRequest, events: list[Event]
) -> None:
    first = build(workspace, request_, ("me/a",))
    events.clear()
    again = build(workspace, request_, ("me/a",))
    assert (again.descriptor, again.cached) == (first.descriptor, True)
    assert not [event for event in events if isinstance(event, Advanced)]


def test_what_was_removed_is_built_again(workspace: Workspace, request_: BuildRequest) -> None:
    first = build(workspace, request_, ("me/a",))
    workspace.store.remove("me/a:latest")
    again = build(workspace, request_, ("me/a",))
    assert (again.descriptor, again.cached) == (first.descriptor, False)
    assert workspace.store.verify() == ()


def test_a_changed_file_is_another_artifact(workspace: Workspace, request_: BuildRequest, tmp_path: Path) -> None:
    first = build(workspace, request_)
    (tmp_path / "m.gguf").write_bytes(model_bytes(seed=7))
    assert build(workspace, request_).descriptor != first.descriptor


def test_a_copy_of_a_file_is_the_same_artifact(make: Build, request_: BuildRequest, workspace: Workspace) -> None:
    first = build(workspace, request_)
    (request_.folder / "renamed.bin").write_bytes(model_bytes())
    assert make("from ./renamed.bin\nSYSTEM Be brief.\n").descriptor == first.descriptor


def test_a_damaged_cache_entry_costs_time_only(workspace: Workspace, request_: BuildRequest) -> None:
    first = build(workspace, request_)
    for entry in (workspace.config.home / "state" / "build").rglob("*.json"):
        entry.write_text("[")
    assert build(workspace, request_).descriptor == first.descriptor


def test_source_date_epoch() -> None:
    assert source_date({}) is None
    assert source_date({"SOURCE_DATE_EPOCH": "0"}) == "1970-01-01T00:00:00Z"
    with pytest.raises(UsageError):
        source_date({"SOURCE_DATE_EPOCH": "yesterday"})
