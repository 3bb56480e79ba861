"""What the verbs accept as the name of an artifact, and what they say when it is none."""

import os
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build, read_request, source_date
from olbuild.api.inspection import inspect
from olbuild.api.locations import LayoutLocation, LocalLocation, RegistryLocation, parse_location
from olbuild.api.lookup import find
from olbuild.api.manage import list_artifacts, tag
from olbuild.api.transfer import pull, push
from olbuild.api.workspace import Workspace
from olbuild.core.errors import NotFoundError, UsageError
from olbuild.storage.store import Layout
from olbuild.testing.models import adapter_bytes, model_bytes


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


def make(workspace: Workspace, folder: Path, name: str, system: str = "Be brief.") -> str:
    (folder / "m.gguf").write_bytes(model_bytes())
    request = BuildRequest(data=f"FROM ./m.gguf\nSYSTEM {system}\n".encode(), name="Modelfile", folder=folder)
    return build(workspace, request, (name,)).descriptor.digest.hex


def test_an_artifact_is_found_by_name_digest_or_the_beginning_of_one(workspace: Workspace, tmp_path: Path) -> None:
    digest = make(workspace, tmp_path, "me/a")
    for text in ("me/a", "me/a:latest", digest[:12], f"sha256:{digest[:8]}", f"sha256:{digest}"):
        name, root = find(workspace, text)
        assert root.digest.hex == digest
        assert name in {"me/a:latest", f"sha256:{digest}"}
        assert inspect(workspace, text).descriptor.digest.hex == digest
    tag(workspace, digest[:12], ("me/b",))
    assert [listed.name for listed in list_artifacts(workspace)] == ["me/a:latest", "me/b:latest"]


def test_a_name_wins_over_the_beginning_of_a_digest(workspace: Workspace, tmp_path: Path) -> None:
    first = make(workspace, tmp_path, "me/a", "one")
    second = make(workspace, tmp_path, first[:8], "two")
    assert find(workspace, first[:8])[1].digest.hex == second


def test_a_digest_that_is_none_is_a_usage_error(workspace: Workspace) -> None:
    for text in ("sha256:xyz", "sha256:", "sha256:" + "A" * 64):
        with pytest.raises(UsageError):
            find(workspace, text)
    with pytest.raises(NotFoundError):
        find(workspace, "abcdef")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ghcr.io/me/a", RegistryLocation),
        ("localhost/a:b", RegistryLocation),
        ("oci:dir", LayoutLocation),
        ("oci:dir:any:name", LayoutLocation),
        ("me/a", LocalLocation),
        ("Llama3", LocalLocation),
    ],
)
def test_locations(text: str, kind: type[object]) -> None:
    assert isinstance(parse_location(text), kind)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ghcr.io/Me/Assistant:1.0", "me/assistant"),
        ("http://ghcr.io/me/a", "ghcr.io/me/a"),
        ("me/a@sha256:" + "a" * 64, "HOST/NAME"),
        ("oci:", "oci:DIR"),
        ("ghcr.io/", "letters"),
    ],
)
def test_a_location_that_is_none_says_what_works(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_location(text)
    assert said in f"{caught.value.message} {caught.value.hint}"


def test_push_without_a_registry_says_both_spellings(workspace: Workspace, tmp_path: Path) -> None:
    make(workspace, tmp_path, "me/a")
    with pytest.raises(UsageError) as caught:
        push(workspace, "me/a", "me/b")
    assert "olbuild push me/a:latest ghcr.io/me/b" in (caught.value.hint or "")
    assert "default_registry" in (caught.value.hint or "")


def test_a_folder_is_no_name_of_the_store(workspace: Workspace, tmp_path: Path) -> None:
    make(workspace, tmp_path, "me/a")
    for verb in (lambda: tag(workspace, "me/a", ("oci:b",)), lambda: push(workspace, "oci:b", "oci:c")):
        with pytest.raises(UsageError, match="means a folder"):
            verb()


def test_pulling_what_is_there_already_says_so(workspace: Workspace, tmp_path: Path) -> None:
    make(workspace, tmp_path, "me/a")
    with pytest.raises(NotFoundError, match="in the local store already"):
        pull(workspace, "me/a")


def test_a_layout_keeps_the_name_that_is_given(workspace: Workspace, tmp_path: Path) -> None:
    digest = make(workspace, tmp_path, "me/a")
    push(workspace, "me/a", f"oci:{tmp_path / 'out'}:v1")
    assert list(Layout(tmp_path / "out").names()) == ["v1"]
    moved = pull(workspace, f"oci:{tmp_path / 'out'}:v1", "me/again")
    assert (moved.name, moved.descriptor.digest.hex) == ("me/again:latest", digest)


def test_two_names_of_one_file_can_be_linked(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    os.link(tmp_path / "m.gguf", tmp_path / "n.gguf")
    (tmp_path / "l.gguf").write_bytes(adapter_bytes())
    text = b"FROM ./m.gguf\nADAPTER ./l.gguf\n"
    request = BuildRequest(data=text, name="Modelfile", folder=tmp_path, link=True)
    build(workspace, request, ("me/a",))
    (tmp_path / "Modelfile").write_text("FROM ./n.gguf\n")
    build(workspace, BuildRequest(data=b"FROM ./n.gguf\n", name="x", folder=tmp_path, link=True), ("me/b",))
    assert workspace.store.verify() == ()


@pytest.mark.parametrize("text", ["-1", "1_000", " 7 ", "٣", "1e3", "99999999999999"])
def test_a_source_date_is_plain_seconds(text: str) -> None:
    with pytest.raises(UsageError):
        source_date({"SOURCE_DATE_EPOCH": text})


def test_an_endless_modelfile_is_refused() -> None:
    with pytest.raises(UsageError, match="larger than"):
        read_request(Path(), "/dev/zero")
