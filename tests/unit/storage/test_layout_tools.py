"""skopeo and oras read our folders as they are, and we read theirs."""

import subprocess
from pathlib import Path

import pytest

from olbuild.storage.store import Layout, Store
from olbuild.storage.store.checking import check
from tests.tools import require_program
from tests.unit.storage.artifacts import put

pytestmark = pytest.mark.integration

# Not `a__b`: repositories may have it, and the grammar of ref.name (image-spec, annotations.md) has not.
NAMES = ["latest", "me/assistant:1.0", "localhost:5000/me/assistant:v1.2-rc_3", "ghcr.io/a/b--c/d.e:latest"]


def run(*arguments: str | Path) -> bytes:
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_skopeo_reads_a_name(name: str, store: Store) -> None:
    skopeo = require_program("skopeo")
    graph = put(store, "seed", name)
    manifest = graph.nodes[-1].content.read_at(0, graph.root.size)
    assert run(skopeo, "inspect", "--raw", f"oci:{store.home.store}:{name}") == manifest


def test_oras_reads_a_digest_and_a_tag(store: Store) -> None:
    oras = require_program("oras")
    graph = put(store, "seed", "v1")
    manifest = graph.nodes[-1].content.read_at(0, graph.root.size)
    for reference in (f"{store.home.store}@{graph.root.digest}", f"{store.home.store}:v1"):
        assert run(oras, "manifest", "fetch", "--oci-layout", reference) == manifest


def test_a_folder_that_oras_writes_is_read_and_kept(tmp_path: Path) -> None:
    oras = require_program("oras")
    (tmp_path / "file.txt").write_text("theirs")
    folder = tmp_path / "layout"
    run(oras, "push", "--disable-path-validation", "--oci-layout", f"{folder}:theirs", tmp_path / "file.txt")
    layout = Layout(folder)
    assert layout.only_name() == "theirs"
    before = run(oras, "manifest", "fetch", "--oci-layout", f"{folder}:theirs")
    put(layout, "seed", "me/ours:1")
    assert run(oras, "manifest", "fetch", "--oci-layout", f"{folder}:theirs") == before
    assert set(layout.names()) == {"theirs", "me/ours:1"}
    assert [problem for problem in check(layout, lambda _amount: None) if problem.kind != "stray"] == []


def test_a_folder_that_skopeo_copies_is_the_same_artifact(store: Store, tmp_path: Path) -> None:
    skopeo = require_program("skopeo")
    graph = put(store, "seed", "me/ours:1")
    folder = tmp_path / "copied"
    run(skopeo, "copy", f"oci:{store.home.store}:me/ours:1", f"oci:{folder}:elsewhere")
    assert Layout(folder).resolve("elsewhere").digest == graph.root.digest
