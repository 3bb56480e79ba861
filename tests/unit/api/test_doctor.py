"""What an examination finds, with and without an engine, a store in order, and a model."""

import json
from pathlib import Path

import pytest

from olbuild.api.building import build, read_request
from olbuild.api.doctor import Report, examination, examine
from olbuild.api.workspace import Workspace
from olbuild.cli.examined import document_of
from olbuild.core.config import load_config
from olbuild.core.errors import EngineError, NotFoundError, UsageError
from olbuild.llama.backends import BackendDevice, Backends
from olbuild.running.devices.hardware import Graphics
from olbuild.running.devices.machine import Machine
from olbuild.running.memory import Wishes
from olbuild.testing.models import adapter_bytes
from olbuild.testing.shapes import LLAMA_8B, ModelShape, write_shape
from tests.unit.running.memory.machines import GIB, RTX_4090, X86, machine


@pytest.fixture(autouse=True)
def on_a_known_machine(monkeypatch: pytest.MonkeyPatch, hermetic_environment: Path) -> None:
    del hermetic_environment
    _be(monkeypatch)


def _be(
    monkeypatch: pytest.MonkeyPatch, *devices: BackendDevice, graphics: tuple[Graphics, ...] = (), free: float = 28
) -> None:
    """Let the machine have some devices that the engine can use, and show some graphics processors."""

    def this_machine(_backends: Backends) -> Machine:
        return machine(*devices, free=free)

    backends = Backends(devices=machine(*devices).devices, features={"CPU": dict.fromkeys(X86, "1")})
    monkeypatch.setattr(examination, "list_backends", lambda: backends)
    monkeypatch.setattr(examination, "this_machine", this_machine)
    monkeypatch.setattr(examination, "graphics", lambda: graphics)


def _problems(report: Report) -> list[tuple[str, str]]:
    return [(finding.text, finding.remedy) for finding in report.findings if finding.level == "bad"]


def test_all_is_well() -> None:
    report = examine(Workspace())
    assert report.usable
    assert [finding.level for finding in report.findings] == ["good"] * 3
    assert report.model is None


def test_there_is_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Backends:
        raise EngineError("there is none", hint="install it")

    monkeypatch.setattr(examination, "list_backends", missing)
    report = examine(Workspace())
    assert not report.usable
    assert _problems(report) == [("there is none", "install it")]


def test_a_graphics_processor_that_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Graphics(vendor="nvidia", name="NVIDIA GeForce RTX 4090", id="0000:01:00.0", driver="nvidia")
    _be(monkeypatch, graphics=(one,))
    report = examine(Workspace())
    assert "olbuild engine install --cuda" in [finding.remedy for finding in report.findings]
    assert report.usable  # on the processor
    assert not report.spotless
    _be(monkeypatch, RTX_4090, graphics=(one,))
    report = examine(Workspace())
    assert report.spotless
    assert "NVIDIA GeForce RTX 4090 can be used as CUDA0" in [finding.text for finding in report.findings]


def test_a_file_that_is_not_built_yet(tmp_path: Path) -> None:
    path = write_shape(tmp_path / "model.gguf", LLAMA_8B)
    report = examine(Workspace(), str(path))
    assert report.model is not None
    assert (report.model.architecture, report.model.layers, report.model.trained_context) == ("llama", 32, 131_072)
    assert report.model.plan is not None
    assert report.model.plan.placement.context == 4096
    wide = examine(Workspace(), str(path), Wishes(context=8192, parallel=2))
    assert wide.model is not None
    assert wide.model.plan is not None
    assert wide.model.plan.placement.cells == 16_384


def test_an_artifact_has_wishes_of_its_own(tmp_path: Path) -> None:
    write_shape(tmp_path / "model.gguf", ModelShape())
    (tmp_path / "adapter.gguf").write_bytes(adapter_bytes())
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nADAPTER ./adapter.gguf\nPARAMETER num_ctx 1234\n")
    workspace = Workspace()
    built = build(workspace, read_request(tmp_path))
    report = examine(workspace, str(built.descriptor.digest))
    assert report.model is not None
    assert report.model.plan is not None
    assert report.model.plan.placement.context == 1234
    assert report.model.plan.needed.total > report.model.size


def test_a_model_that_does_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, free=3)
    report = examine(Workspace(), str(write_shape(tmp_path / "model.gguf", LLAMA_8B)))
    assert report.model is not None
    assert report.model.plan is None
    ((text, remedy),) = _problems(report)
    assert "the model does not fit into memory" in text
    assert remedy.startswith("use a smaller or more strongly quantised model")
    assert document_of(report)["usable"] is False


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\n")
    with pytest.raises(UsageError, match="is no GGUF file"):
        examine(Workspace(), str(tmp_path / "Modelfile"))
    with pytest.raises(NotFoundError):
        examine(Workspace(), str(tmp_path / "nothing.gguf"))
    with pytest.raises(NotFoundError):
        examine(Workspace(), "me/nothing")


def test_a_store_of_somebody_else(hermetic_environment: Path) -> None:
    (hermetic_environment / "olbuild" / "store" / "other").mkdir(parents=True)
    ((text, _),) = _problems(examine(Workspace()))
    assert "was not made by olbuild" in text


def test_settings_that_lead_nowhere(hermetic_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = hermetic_environment / "config.yaml"
    settings.write_text("registries: {registry.example: {ca: /nowhere/ca.pem}}\n")
    monkeypatch.setenv("OLBUILD_CONFIG", str(settings))
    (hermetic_environment / ".docker").mkdir()
    credentials = hermetic_environment / ".docker" / "config.json"
    credentials.write_text(json.dumps({"credsStore": "nowhere"}))
    texts = [text for text, _ in _problems(examine(Workspace(load_config())))]
    assert texts == [
        "the file /nowhere/ca.pem is not there, which the setting ca of the registry registry.example names",
        f"docker-credential-nowhere is not on PATH, and {credentials} names it for credentials",
    ]


def test_broken_credentials(hermetic_environment: Path) -> None:
    (hermetic_environment / ".docker").mkdir()
    (hermetic_environment / ".docker" / "config.json").write_text("{")
    ((text, remedy),) = _problems(examine(Workspace()))
    assert "config.json" in text
    assert remedy.startswith("repair or remove")


def test_the_report_is_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _be(monkeypatch, RTX_4090)
    path = write_shape(tmp_path / "model.gguf", LLAMA_8B)
    document = json.loads(json.dumps(document_of(examine(Workspace(), str(path)))))
    assert document["usable"] is True
    assert document["devices"][0]["name"] == "CUDA0"
    assert document["memory"] == {"total": 32 * GIB, "free": 28 * GIB}
    (placement,) = document["model"]["placements"]
    assert (placement["devices"], placement["gpu_layers"], placement["context"]) == (["CUDA0"], 33, 32_768)
    assert document["model"]["prediction"]["gpu"] > document["model"]["size"]
