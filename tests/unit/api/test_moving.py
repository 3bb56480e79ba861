"""copy, save and load between the places of one machine, with what belongs to an artifact."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from olbuild.api.archives import load, save
from olbuild.api.building import BuildRequest, build
from olbuild.api.copying import copy_artifact
from olbuild.api.locations import ArchiveLocation, parse_location
from olbuild.api.manage import list_artifacts, remove
from olbuild.api.transfer import pull, push
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, IntegrityError, NotFoundError, OlbuildError, UsageError
from olbuild.storage.archive import ArchiveSource, StreamReader
from olbuild.storage.copy import copy
from olbuild.storage.store import Layout
from olbuild.testing.models import model_bytes
from olbuild.testing.targets import in_memory, sample_graph
from tests.unit.storage.archive_files import files_of, tar
from tests.unit.storage.artifacts import index_of, referrer


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = home(tmp_path / "home")
    make(workspace, tmp_path, "me/a:1")
    return workspace


def home(path: Path) -> Workspace:
    return Workspace(load_config({"home": str(path)}))


def make(workspace: Workspace, folder: Path, name: str, system: str = "Be brief.") -> Descriptor:
    (folder / "m.gguf").write_bytes(model_bytes())
    request = BuildRequest(data=f"FROM ./m.gguf\nSYSTEM {system}\n".encode(), name="Modelfile", folder=folder)
    return build(workspace, request, (name,)).descriptor


def sign(workspace: Workspace, root: Descriptor, cosign: str | None = None) -> Descriptor:
    graph = referrer(root) if cosign is None else sample_graph("a signature of cosign's")
    copy(in_memory(graph), workspace.store, graph.root, name=cosign)
    return graph.root


def saved(workspace: Workspace, *names: str, referrers: bool = False) -> bytes:
    stream = io.BytesIO()
    save(workspace, names, stream.write, "a stream", referrers=referrers)
    return stream.getvalue()


def loaded(workspace: Workspace, data: bytes, folder: Path, name: str | None = None) -> list[str]:
    path = folder / "loaded.tar"
    path.write_bytes(data)
    with path.open("rb") as stream:
        return [moved.name for moved in load(workspace, StreamReader(stream.fileno()), "it", name)]


def test_an_archive_is_a_place() -> None:
    assert parse_location("oci-archive:/x/a.tar:b:c") == ArchiveLocation(path=Path("/x/a.tar"), name="b:c")
    with pytest.raises(UsageError, match="names no path"):
        parse_location("oci-archive:")


def test_an_artifact_goes_round_by_every_place(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.store.resolve("me/a:1")
    layout, archive = f"oci:{tmp_path / 'layout'}", f"oci-archive:{tmp_path / 'a.tar'}"
    for source, destination in (("me/a:1", layout), (layout, archive), (archive, "me/b:2"), ("me/b:2", f"{archive}:x")):
        (moved,) = copy_artifact(workspace, source, destination)
        assert moved.descriptor.digest == root.digest
    assert list(Layout(tmp_path / "layout").names()) == ["me/a:1"]
    assert list(ArchiveSource(tmp_path / "a.tar").names()) == ["x"]
    assert workspace.store.resolve("me/b:2").digest == root.digest
    assert pull(home(tmp_path / "other"), f"{archive}:x", "me/c").name == "me/c:latest"
    assert push(workspace, "me/b:2", archive).name == f"oci-archive:{tmp_path / 'a.tar'}:me/b:2"


def test_nothing_but_the_places_is_touched(workspace: Workspace, tmp_path: Path) -> None:
    copy_artifact(workspace, "me/a:1", f"oci:{tmp_path / 'layout'}")
    other = home(tmp_path / "other")
    copy_artifact(other, f"oci:{tmp_path / 'layout'}", f"oci-archive:{tmp_path / 'a.tar'}")
    assert not (tmp_path / "other").exists()


def test_all_tags_are_copied(workspace: Workspace, tmp_path: Path) -> None:
    make(workspace, tmp_path, "me/a:2", "Two.")
    make(workspace, tmp_path, "me/other:1", "Three.")
    copy_artifact(workspace, "me/a", f"oci:{tmp_path / 'layout'}", all_tags=True)
    assert list(Layout(tmp_path / "layout").names()) == ["me/a:1", "me/a:2"]
    copied = copy_artifact(workspace, f"oci:{tmp_path / 'layout'}", "me/new", all_tags=True)
    assert [moved.name for moved in copied] == ["me/new:1", "me/new:2"]
    for source, destination in (("me/a:1", "me/b"), ("me/a", "me/b:1"), ("me/a", f"oci:{tmp_path / 'layout'}:x")):
        with pytest.raises(UsageError, match="names one artifact"):
            copy_artifact(workspace, source, destination, all_tags=True)
    with pytest.raises(NotFoundError, match="no names"):
        copy_artifact(workspace, "me/nothing", "me/b", all_tags=True)


def test_what_is_no_model_does_not_come_into_the_store(workspace: Workspace, tmp_path: Path) -> None:
    graph = referrer(sample_graph("no model").root)
    layout = Layout(tmp_path / "layout")
    copy(in_memory(graph), layout, graph.root, name="x")
    with pytest.raises(FormatError):
        copy_artifact(workspace, f"oci:{layout.path}", "me/x")
    copy_artifact(workspace, f"oci:{layout.path}", f"oci-archive:{tmp_path / 'x.tar'}")
    with pytest.raises(FormatError):
        loaded(workspace, (tmp_path / "x.tar").read_bytes(), tmp_path)
    assert list(workspace.store.names()) == ["me/a:1"]


def test_signatures_travel_with_an_artifact(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.store.resolve("me/a:1")
    signature = sign(workspace, root)
    of_signature = sign(workspace, signature)
    cosign = sign(workspace, root, f"me/a:sha256-{root.digest.hex}.sig")
    assert [listed.name for listed in list_artifacts(workspace)] == ["me/a:1"]
    push(workspace, "me/a:1", f"oci:{tmp_path / 'layout'}:v1")
    layout = Layout(tmp_path / "layout")
    assert layout.names().keys() == {"v1", f"sha256-{root.digest.hex}.sig"}
    assert layout.only_name() == "v1"
    data = saved(workspace, "me/a:1", referrers=True)
    assert len(data) > len(saved(workspace, "me/a:1"))
    other = home(tmp_path / "other")
    assert loaded(other, data, tmp_path) == ["me/a:1"]
    third = home(tmp_path / "third")
    copy_artifact(third, f"oci:{layout.path}", "me/b:7", referrers=True)
    for place in (workspace.store, layout, other.store, third.store):
        assert [found.digest for found in place.referrers(root)] == [signature.digest]
        assert [found.digest for found in place.referrers(signature)] == [of_signature.digest]
    assert third.store.resolve(f"me/b:sha256-{root.digest.hex}.sig").digest == cosign.digest
    list(remove(third, ("me/b:7",)))
    assert third.store.names() == {}
    assert third.store.verify() == ()
    assert not list(third.store.layout.blobs)


def test_signatures_of_the_entries_of_an_index_travel(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.store.resolve("me/a:1")
    index = index_of(root)
    workspace.store.push(index.descriptor, index.content)
    workspace.store.tag(index.descriptor, "me/many:1")
    signature = sign(workspace, root)
    copy_artifact(workspace, "me/many:1", f"oci:{tmp_path / 'layout'}", referrers=True)
    assert [found.digest for found in Layout(tmp_path / "layout").referrers(root)] == [signature.digest]


def test_several_artifacts_share_one_archive(workspace: Workspace, tmp_path: Path) -> None:
    make(workspace, tmp_path, "me/b:1", "Two.")
    data = saved(workspace, "me/a:1", "me/b:1", "me/a:1")
    assert saved(workspace, "me/a:1", "me/b:1") == data
    assert data.count(model_bytes()) == 1
    other = home(tmp_path / "other")
    assert loaded(other, data, tmp_path) == ["me/a:1", "me/b:1"]
    assert other.store.verify() == ()
    with pytest.raises(UsageError, match="several artifacts"):
        loaded(other, data, tmp_path, "me/c")
    assert loaded(other, saved(workspace, "me/b:1"), tmp_path, "me/c") == ["me/c:latest"]
    root = workspace.store.resolve("me/a:1")
    assert loaded(other, saved(workspace, str(root.digest)), tmp_path) == [str(root.digest)]


def test_names_of_docker_are_whole_ones(workspace: Workspace, tmp_path: Path) -> None:
    """``docker save`` writes the tag where others write the name."""
    path = tmp_path / "a.tar"
    path.write_bytes(saved(workspace, "me/a:1"))
    name = b'"org.opencontainers.image.ref.name":"me/a:1"'
    also = b'"org.opencontainers.image.ref.name":"1","io.containerd.image.name":"gh.io/a/b:1"'
    with tarfile.open(path) as archive:
        read = ((member.name, archive.extractfile(member)) for member in archive if member.isreg())
        files = [(path, file.read().replace(name, also)) for path, file in read if file is not None]
    assert loaded(home(tmp_path / "other"), tar(files), tmp_path) == ["gh.io/a/b:1"]


def test_a_damaged_archive_leaves_no_name(workspace: Workspace, tmp_path: Path) -> None:
    data = saved(workspace, "me/a:1")
    other = home(tmp_path / "other")
    for at in range(0, len(data) - 1024, 397):  # what is missing of the end alone is no harm
        with pytest.raises(OlbuildError):
            loaded(other, data[:at], tmp_path)
        assert other.store.names() == {}
    changed = bytearray(data)
    changed[data.index(model_bytes()) + 99] ^= 1
    fresh = home(tmp_path / "fresh")
    with pytest.raises(IntegrityError):
        loaded(fresh, bytes(changed), tmp_path)
    assert fresh.store.names() == {}
    assert loaded(other, data, tmp_path) == ["me/a:1"]
    assert other.store.verify() == ()


def test_a_damaged_store_is_not_saved(workspace: Workspace) -> None:
    path = max((workspace.store.home.store / "blobs" / "sha256").iterdir(), key=lambda blob: blob.stat().st_size)
    path.chmod(0o644)
    with path.open("r+b") as blob:
        blob.seek(-1, os.SEEK_END)
        blob.write(b"?")
    with pytest.raises(IntegrityError):
        saved(workspace, "me/a:1")


def test_an_archive_without_a_name_or_an_artifact(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.store.resolve("me/a:1")
    signature = referrer(root)
    with pytest.raises(NotFoundError, match="holds no artifact"):
        loaded(workspace, tar(files_of(signature, None)), tmp_path)


def test_a_digest_removes_an_artifact_with_and_without_names(workspace: Workspace, tmp_path: Path) -> None:
    root = workspace.store.resolve("me/a:1")
    workspace.store.tag(root, "me/b:1")
    list(remove(workspace, (str(root.digest),)))
    assert workspace.store.names() == {}
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    request = BuildRequest(data=b"FROM ./m.gguf\n", name="Modelfile", folder=tmp_path)
    unnamed = build(workspace, request).descriptor
    ((name, freed),) = remove(workspace, (str(unnamed.digest),))
    assert (name, unnamed.digest in freed.digests) == (str(unnamed.digest), True)
    with pytest.raises(NotFoundError):
        list(remove(workspace, (str(unnamed.digest),)))
