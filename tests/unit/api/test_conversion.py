"""convert: other formats of a model over one store."""

from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.conversion import convert
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle, writable_names
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.events import Event, Said
from olbuild.core.names import Digest
from olbuild.testing.models import model_bytes

PLAIN = b"FROM ./m.gguf\n"
RICH = b"FROM ./m.gguf\nSYSTEM Be brief.\nPARAMETER num_ctx 512\nLICENSE MIT\n"


class Kept:
    """A workspace and what it said."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.workspace = Workspace(emit=self.events.append)

    @property
    def warnings(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Said) and event.level == "warning"]

    def make(self, folder: Path, modelfile: bytes) -> Descriptor:
        (folder / "m.gguf").write_bytes(model_bytes())
        request = BuildRequest(data=modelfile, name="Modelfile", folder=folder)
        return build(self.workspace, request, ("me/a",)).descriptor


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.mark.parametrize("profile", writable_names())
def test_there_and_back_gives_the_same_digest(kept: Kept, tmp_path: Path, profile: str) -> None:
    root = kept.make(tmp_path, PLAIN)
    made = convert(kept.workspace, "me/a", profile, ("me/b", "me/b"))
    assert made.names == ("me/b:latest",)
    assert kept.workspace.store.resolve("me/b:latest") == made.descriptor
    back = convert(kept.workspace, "me/b", "modelpack", ("me/c",))
    assert back.descriptor.digest == root.digest
    assert kept.warnings == []
    assert kept.workspace.store.verify() == ()


def test_what_is_lost_is_said_and_the_weights_are_shared(kept: Kept, tmp_path: Path) -> None:
    kept.make(tmp_path, RICH)
    before = kept.workspace.store.usage().total
    made = convert(kept.workspace, "me/a", "docker", ("me/docker",))
    assert made.losses == ("the system text is left out",)
    assert kept.warnings == ["docker: the system text is left out"]
    bundle = read_bundle(made.descriptor, kept.workspace.store.fetch)
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes())]
    assert kept.workspace.store.usage().total - before < 2000  # a manifest and a config


def test_nothing_is_written_when_something_is_wrong(kept: Kept, tmp_path: Path) -> None:
    kept.make(tmp_path, PLAIN)
    before = kept.workspace.store.usage()
    for source, profile, names, error in (
        ("me/a", "ggml", (), UsageError),
        ("me/a", "docker", ("a b",), UsageError),
        ("me/none", "docker", (), NotFoundError),
    ):
        with pytest.raises(error):
            convert(kept.workspace, source, profile, names)
    assert kept.workspace.store.usage() == before


def test_a_file_in_the_place_of_weights_is_refused(kept: Kept, tmp_path: Path) -> None:
    """What the roles say is believed for reading only."""
    store = kept.workspace.store
    root = kept.make(tmp_path, PLAIN)
    path = store.home.store / "blobs" / "sha256" / Digest.of(model_bytes()).hex
    path.chmod(0o644)
    path.write_bytes(b"\0" * len(model_bytes()))
    with pytest.raises(FormatError, match="not a GGUF file"):
        convert(kept.workspace, str(root.digest), "docker")
