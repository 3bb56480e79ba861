"""convert: other formats of a model over one store."""

from pathlib import Path
from typing import Literal

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.conversion import convert
from olbuild.api.difference import diff
from olbuild.api.inspection import inspect
from olbuild.api.showing import modelfile, show
from olbuild.api.transfer import push
from olbuild.api.workspace import Workspace
from olbuild.artifact.profiles import read_bundle, writable_names
from olbuild.core.content import Descriptor
from olbuild.core.errors import FormatError, NotFoundError, UsageError
from olbuild.core.events import Event, Said
from olbuild.core.names import Digest, MediaType
from olbuild.storage.store import Layout
from olbuild.testing.models import model_bytes
from tests.unit.artifact.packing import graph_of

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


def test_a_go_template_goes_through_ollama_and_comes_back_compiled(kept: Kept, tmp_path: Path) -> None:
    root = kept.make(tmp_path, PLAIN + b"TEMPLATE {{ .System }} {{ .Prompt }}\nSYSTEM Be brief.\n")
    convert(kept.workspace, "me/a", "ollama", ("me/b",))
    assert convert(kept.workspace, "me/b", "modelpack").descriptor.digest == root.digest
    assert convert(kept.workspace, "me/b", "docker").losses == (
        "the Go template is left out: the Jinja it was compiled to stays",
        "the system text is left out",
    )


def test_a_packed_model_is_converted_and_built_on(kept: Kept, tmp_path: Path) -> None:
    root = kept.make(tmp_path, RICH)
    convert(kept.workspace, "me/a", "modelcar", ("me/car",))
    request = BuildRequest(data=b"FROM me/car\nSYSTEM Hi.\n", name="Modelfile", folder=tmp_path)
    bundle = read_bundle(build(kept.workspace, request).descriptor, kept.workspace.store.fetch)
    assert bundle.system == "Hi."
    assert bundle.licenses == ("MIT",)
    assert bundle.base is not None
    assert bundle.base.name == "me/car:latest"
    assert bundle.base.digest == kept.workspace.store.resolve("me/car:latest").digest
    assert convert(kept.workspace, "me/car", "modelpack").descriptor.digest == root.digest


def test_a_model_without_gguf_weights_is_kept_and_not_converted(kept: Kept) -> None:
    files = (
        ("application/vnd.cncf.model.weight.v1.raw", b"\x10" + bytes(50), {"org.cncf.model.filepath": "m.safetensors"}),
    )
    root, _, graph = graph_of(*files, config_type=MediaType.MODEL_CONFIG, artifactType=MediaType.MODEL_ARTIFACT)
    for node in graph:
        kept.workspace.store.push(node.descriptor, node.content)
    kept.workspace.store.tag(root, "me/s:latest")
    bundle = inspect(kept.workspace, "me/s").bundle
    assert bundle is not None
    assert bundle.weights == ()
    with pytest.raises(FormatError, match="me/s:latest has no GGUF weights"):
        convert(kept.workspace, "me/s", "docker")


@pytest.mark.parametrize("profile", writable_names())
def test_a_push_in_another_format_stores_nothing(kept: Kept, tmp_path: Path, profile: str) -> None:
    kept.make(tmp_path, PLAIN)
    before = kept.workspace.store.usage()
    moved = push(kept.workspace, "me/a", f"oci:{tmp_path / 'layout'}:a", profile=profile)
    assert kept.workspace.store.usage() == before
    assert convert(kept.workspace, "me/a", profile).descriptor.digest == moved.descriptor.digest
    assert Layout(tmp_path / "layout").resolve("a").digest == moved.descriptor.digest


def test_a_push_in_no_format_is_a_usage_error(kept: Kept, tmp_path: Path) -> None:
    kept.make(tmp_path, PLAIN)
    with pytest.raises(UsageError, match="'ggml' is no format that olbuild writes"):
        push(kept.workspace, "me/a", f"oci:{tmp_path / 'layout'}:a", profile="ggml")


@pytest.mark.parametrize("profile", ["docker", "modelcar"])
def test_a_build_in_another_format_is_what_a_conversion_makes(
    kept: Kept, tmp_path: Path, profile: Literal["docker", "modelcar"]
) -> None:
    kept.make(tmp_path, RICH)
    converted = convert(kept.workspace, "me/a", profile)
    warnings = list(kept.warnings)
    request = BuildRequest(data=RICH, name="Modelfile", folder=tmp_path, profile=profile)
    built = build(kept.workspace, request, ("me/b",))
    assert built.descriptor.digest == converted.descriptor.digest
    assert kept.warnings == warnings * 2
    assert build(kept.workspace, request).cached


def test_a_packed_model_is_shown_and_compared_by_what_is_in_it(kept: Kept, tmp_path: Path) -> None:
    kept.make(tmp_path, RICH)
    convert(kept.workspace, "me/a", "modelcar", ("me/car",))
    assert diff(kept.workspace, "me/a", "me/car").changes == ()
    sight, bundle = show(kept.workspace, "me/car")
    shown = modelfile(kept.workspace, sight, bundle)
    assert shown.losses == ()
    assert "SYSTEM Be brief.\n" in shown.text
    request = BuildRequest(data=b"FROM me/car\nSYSTEM Hi.\n", name="Modelfile", folder=tmp_path)
    build(kept.workspace, request, ("me/child",))
    shown = modelfile(kept.workspace, *show(kept.workspace, "me/child"))
    assert shown.text == "FROM me/car:latest\nSYSTEM Hi.\n"


def test_a_packed_model_elsewhere_is_pulled_first(kept: Kept, tmp_path: Path) -> None:
    kept.make(tmp_path, PLAIN)
    place = f"oci:{tmp_path / 'layout'}:car"
    push(kept.workspace, "me/a", place, profile="modelcar")
    assert inspect(kept.workspace, place).bundle is not None
    with pytest.raises(UsageError, match="has its files in tar layers"):
        show(kept.workspace, place)


def test_a_config_that_is_no_json_is_none(kept: Kept) -> None:
    root, _, graph = graph_of(("a/b", model_bytes()), config=b"\x00\x01")
    for node in graph:
        kept.workspace.store.push(node.descriptor, node.content)
    kept.workspace.store.tag(root, "me/odd:latest")
    found = inspect(kept.workspace, "me/odd")
    assert found.config is None
    assert found.bundle is not None
    assert [blob.digest for blob in found.bundle.weights] == [Digest.of(model_bytes())]
