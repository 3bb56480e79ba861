"""Image layouts of others: what they wrote stays, and what they wrote badly is one clear error."""

import json
from pathlib import Path
from typing import Any

import pytest

from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, NotFoundError, StoreError, UsageError
from olbuild.core.names import Digest
from olbuild.storage.store import Layout
from tests.unit.storage.artifacts import node, put

NAME = "org.opencontainers.image.ref.name"

OTHERS: dict[str, Any] = {
    "schemaVersion": 2,
    "x-tool": {"kept": [1, 2.5, None]},
    "annotations": {"who": "somebody else"},
    "manifests": [
        {
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": f"sha256:{'a' * 64}",
            "size": 7,
            "platform": {"architecture": "arm64", "os": "linux"},
            "annotations": {NAME: "theirs:1", "io.containerd.image.name": "x"},
            "x-entry": True,
        },
        {"mediaType": "text/plain", "digest": f"sha512:{'b' * 128}", "size": 1},
        {"mediaType": "application/x-artifact", "digest": f"sha256:{'c' * 64}", "size": 3, "data": "AAAA"},
    ],
}


def write(folder: Path, index: object = OTHERS, mark: object = None) -> Layout:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "oci-layout").write_text(json.dumps(mark or {"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_text(index if isinstance(index, str) else json.dumps(index))
    (folder / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    return Layout(folder)


def read(layout: Layout) -> Any:  # noqa: ANN401 - JSON
    return json.loads((layout.path / "index.json").read_text())


def test_entries_and_keys_of_others_stay(tmp_path: Path) -> None:
    layout = write(tmp_path)
    graph = put(layout, "ours", "me/ours:1.0")
    after = read(layout)
    assert after["manifests"][:3] == OTHERS["manifests"]
    assert {key: value for key, value in after.items() if key != "manifests"} == {
        key: value for key, value in OTHERS.items() if key != "manifests"
    }
    assert layout.resolve("me/ours:1.0") == graph.root
    layout.untag("me/ours:1.0")
    assert read(layout) == OTHERS


def test_nothing_of_ours_stays_in_the_folder(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "new")
    graph = put(layout, "seed", "a:1")
    files = {str(path.relative_to(layout.path)) for path in layout.path.rglob("*") if path.is_file()}
    blobs = {f"blobs/sha256/{entry.descriptor.digest.hex}" for entry in graph}
    assert files == {"oci-layout", "index.json", *blobs}
    assert not [path for path in layout.path.iterdir() if path.name.startswith(".")]


def test_a_name_moves_and_keeps_the_annotations_of_its_entry(tmp_path: Path) -> None:
    layout = write(tmp_path)
    first, second = put(layout, "first", "me:1"), put(layout, "second")
    entries = read(layout)
    entries["manifests"][-1]["annotations"]["theirs"] = "note"
    (tmp_path / "index.json").write_text(json.dumps(entries))
    layout.tag(first.root, "me:1")
    assert read(layout) == entries
    layout.tag(second.root, "me:1")
    assert layout.resolve("me:1") == second.root
    assert len([name for name in layout.names() if name == "me:1"]) == 1


def test_an_ambiguous_name_is_refused_and_its_digest_works(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    first, second = put(layout, "first", "one"), put(layout, "second", "two")
    entries = read(layout)
    entries["manifests"][1]["annotations"][NAME] = "one"
    (layout.path / "index.json").write_text(json.dumps(entries))
    with pytest.raises(FormatError, match="stands for"):
        layout.resolve("one")
    assert layout.resolve(str(second.root.digest)) == second.root
    layout.tag(first.root, "one")
    assert layout.resolve("one") == first.root


def test_a_name_is_said_only_when_there_is_a_choice(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    put(layout, "first", "me/first:1")
    assert layout.only_name() == "me/first:1"
    put(layout, "second", "me/second:1")
    with pytest.raises(NotFoundError, match="2 artifacts") as raised:
        layout.only_name()
    assert raised.value.hint == "it has me/first:1, me/second:1"


def test_an_artifact_without_a_name_is_found_by_its_digest(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    graph = put(layout, "first", "one")
    entries = read(layout)
    del entries["manifests"][0]["annotations"]
    (layout.path / "index.json").write_text(json.dumps(entries))
    assert layout.only_name() == str(graph.root.digest)
    assert layout.resolve(layout.only_name()).digest == graph.root.digest


def test_close_names_are_offered(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    put(layout, "first", "me/assistant:latest")
    with pytest.raises(NotFoundError) as raised:
        layout.resolve("me/asistant:latest")
    assert raised.value.hint == "it has me/assistant:latest"


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ("not json", "not valid JSON"),
        ('{"schemaVersion":2,"manifests":[],"manifests":[]}', "twice"),
        ("[" * 100_000, "not valid JSON"),
        ('{"schemaVersion":2,"manifests":[' + "[" * 100_000, "not valid JSON"),
        ([], "not a JSON object"),
        ({"schemaVersion": 1, "manifests": []}, "schemaVersion is 1"),
        ({"schemaVersion": 2, "mediaType": "text/plain", "manifests": []}, "mediaType is 'text/plain'"),
        ({"schemaVersion": 2, "manifests": {}}, "manifests is not a list"),
        ({"schemaVersion": 2, "manifests": [7]}, "manifests\\[0\\] is not a descriptor"),
        ({"schemaVersion": 2, "manifests": [{"mediaType": "a/b", "digest": "sha256:../x", "size": 1}]}, "not a sha256"),
        ({"schemaVersion": 2, "manifests": [{"mediaType": "a/b", "digest": "x", "size": 1}]}, "not a sha256 digest"),
        (" " * ((16 << 20) + 1), "is larger than"),
    ],
)
def test_a_malformed_index_is_one_error(index: object, message: str, tmp_path: Path) -> None:
    layout = write(tmp_path, index)
    with pytest.raises(FormatError, match=message):
        layout.names()


@pytest.mark.parametrize("mark", [{"imageLayoutVersion": "2.0.0"}, {"imageLayoutVersion": None}, [1], "1.0.0"])
def test_another_version_is_refused(mark: object, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"must be '1\.0\.0'"):
        write(tmp_path, mark=mark).names()


def test_a_folder_of_something_else_is_neither_read_nor_written(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(FormatError, match="not an OCI image layout"):
        Layout(tmp_path).names()
    content = node(b"x")
    with pytest.raises(StoreError, match="holds other files"):
        Layout(tmp_path).push(content.descriptor, content.content)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(StoreError, match="is a file"):
        Layout(tmp_path / "letter.txt").push(content.descriptor, content.content)
    with pytest.raises(NotFoundError, match="no folder"):
        Layout(tmp_path / "missing").names()


def test_links_that_leave_the_layout_are_refused(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    content = node(b"secret")
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    layout.create()
    blob = layout.blobs.path(content.descriptor.digest)
    blob.symlink_to(secret)
    for action in (layout.exists, layout.fetch):
        with pytest.raises(FormatError, match="leaves the layout"):
            action(content.descriptor)
    blob.unlink()
    blob.symlink_to(blob)
    with pytest.raises(FormatError, match="cannot be examined"):
        layout.fetch(content.descriptor)
    blob.unlink()
    blob.mkdir()
    with pytest.raises(FormatError, match="is not a file"):
        layout.fetch(content.descriptor)


def test_a_blobs_folder_elsewhere_is_refused(tmp_path: Path) -> None:
    content = node(b"secret")
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "sha256").mkdir(parents=True)
    (elsewhere / "sha256" / content.descriptor.digest.hex).write_bytes(b"secret")
    layout = write(tmp_path / "layout")
    (layout.path / "blobs" / "sha256").rmdir()
    (layout.path / "blobs").rmdir()
    (layout.path / "blobs").symlink_to(elsewhere)
    with pytest.raises(FormatError, match="leaves the layout"):
        layout.fetch(content.descriptor)


def test_a_link_inside_the_layout_is_followed(tmp_path: Path) -> None:
    layout = write(tmp_path / "layout")
    content = node(b"shared")
    (layout.path / "pool").write_bytes(b"shared")
    layout.blobs.path(content.descriptor.digest).symlink_to("../../pool")
    assert layout.fetch(content.descriptor).read_at(0, 9) == b"shared"


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "\x00"])
def test_what_cannot_be_a_name_is_refused(name: str, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    graph = put(layout, "seed")
    with pytest.raises(UsageError, match="cannot be a name"):
        layout.tag(graph.root, name)


def test_a_damaged_manifest_counts_as_absent_and_is_written_anew(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    graph = put(layout, "seed", "one")
    blob = layout.blobs.path(graph.root.digest)
    blob.chmod(0o644)
    blob.write_bytes(b"x" * graph.root.size)
    assert not layout.exists(graph.root)
    put(layout, "seed", "one")
    assert Digest.of(blob.read_bytes()) == graph.root.digest


def test_a_digest_of_no_manifest_resolves_to_nothing(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    put(layout, "seed")
    for data in (b"[1]", b"{}", b'{"mediaType": "text/plain", "layers": [], "config": {}}', b"{" * 99):
        content = node(data)
        layout.push(content.descriptor, content.content)
        with pytest.raises(NotFoundError):
            layout.resolve(str(content.descriptor.digest))
    for name in ("sha256:", "sha256:../../x", f"sha512:{'a' * 128}"):
        with pytest.raises(NotFoundError):
            layout.resolve(name)


def test_a_manifest_without_media_type_is_recognised_by_its_shape(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    for data, wanted in (
        (b'{"schemaVersion":2,"config":{},"layers":[]}', "application/vnd.oci.image.manifest.v1+json"),
        (b'{"schemaVersion":2,"manifests":[]}', "application/vnd.oci.image.index.v1+json"),
    ):
        content = node(data)
        layout.push(content.descriptor, content.content)
        found = layout.resolve(str(content.descriptor.digest))
        assert found == Descriptor(media_type=wanted, digest=content.descriptor.digest, size=len(data))
