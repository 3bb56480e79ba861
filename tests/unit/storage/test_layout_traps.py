"""Layouts that lead elsewhere: nothing outside of them is removed, written or waited for."""

import os
import threading
from pathlib import Path

import pytest

from olbuild.core.errors import FormatError, OlbuildError, StoreError
from olbuild.storage.store import Layout
from olbuild.storage.store.ingest import Ingest
from tests.unit.storage.artifacts import node, put


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return a layout with an artifact."""
    layout = Layout(tmp_path / "layout")
    put(layout, "seed", "one")
    return Layout(layout.path)  # what it has looked at is forgotten


def test_a_folder_of_temporary_files_elsewhere_is_refused(layout: Layout, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    for name in ("thesis.txt", "index.json", "a" * 64):
        (precious / name).write_text("dear")
    (layout.path / ".olbuild-ingest").symlink_to(precious)
    with pytest.raises(StoreError, match="olbuild-ingest is not a folder"):
        put(layout, "new", "two")
    assert {path.name: path.read_text() for path in precious.iterdir()} == dict.fromkeys(
        ("thesis.txt", "index.json", "a" * 64), "dear"
    )


def test_only_what_has_our_names_is_swept(layout: Layout) -> None:
    hidden = layout.path / ".olbuild-ingest"
    hidden.mkdir()
    for name in ("thesis.txt", "index.json", "a" * 64):
        (hidden / name).write_text("x")
    put(layout, "new", "two")
    assert [path.name for path in hidden.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("place", ["blobs", "blobs/sha256"])
def test_nothing_is_written_to_a_folder_of_blobs_elsewhere(place: str, layout: Layout, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (layout.path / place).rename(tmp_path / "before")
    outside.mkdir()
    (layout.path / place).symlink_to(outside)
    with pytest.raises(StoreError, match="leaves the layout"):
        put(layout, "new", "two")
    assert not [path for path in outside.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["index.json", "oci-layout"])
def test_a_named_pipe_is_not_waited_for(name: str, layout: Layout) -> None:
    (layout.path / name).unlink()
    os.mkfifo(layout.path / name)
    found = list[BaseException]()

    def read() -> None:
        try:
            layout.names()
        except OlbuildError as error:
            found.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(found[0], FormatError)
    assert found[0].message.endswith(f"{name} is not a file")


def test_a_folder_that_vanishes_while_it_is_made_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may remove it between the answer "it exists" and the look at what it is."""
    ingest = Ingest(tmp_path / "ingest", tmp_path, transient=True)
    tried, make = list[Path](), Path.mkdir

    def vanishing(path: Path, mode: int = 0o777, *, parents: bool = False, exist_ok: bool = False) -> None:
        tried.append(path)
        if len(tried) == 1:
            raise FileExistsError(path)
        make(path, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", vanishing)
    with ingest.begin("index.json") as temporary:
        assert temporary.path.exists()
    assert tried[:2] == [ingest.folder] * 2


def test_a_short_name_that_another_tool_wrote_is_found(layout: Layout) -> None:
    graph = put(layout, "theirs", "v1")
    put(layout, "ours", "v1:latest")
    assert layout.resolve("v1") == graph.root
    content = node(b"{}")
    layout.push(content.descriptor, content.content)
    layout.tag(graph.root, str(content.descriptor.digest))
    assert layout.resolve(str(content.descriptor.digest)) == graph.root
