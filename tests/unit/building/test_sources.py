"""What FROM, ADAPTER and DRAFT may be, and what is said when they are not."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.api.building import BuildResult
from olbuild.api.transfer import push
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import FormatError, ModelfileError, NotFoundError, OlbuildError, UsageError
from olbuild.core.events import Event, Said
from olbuild.core.names import Digest
from olbuild.language.template import HELPER, OUTPUT_VERSION
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes, shard_bytes
from tests.unit.building.conftest import Build

BundleOf = Callable[[BuildResult], Bundle]


def shards(folder: Path) -> list[Digest]:
    folder.mkdir(exist_ok=True)
    parts = shard_bytes(3)
    for number, data in enumerate(parts, 1):
        (folder / f"model-{number:05d}-of-00003.gguf").write_bytes(data)
    return [Digest.of(data) for data in parts]


@pytest.mark.parametrize("value", ["./weights", "./weights/*.gguf", "weights/model-00002-of-00003.gguf", "weights"])
def test_shards_come_in_order_however_they_are_named(
    make: Build, bundle_of: BundleOf, tmp_path: Path, value: str
) -> None:
    digests = shards(tmp_path / "weights")
    assert [blob.digest for blob in bundle_of(make(f"FROM {value}\n")).weights] == digests


def test_several_froms_merge_by_their_headers(make: Build, bundle_of: BundleOf, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(projector_bytes())
    (tmp_path / "b.bin").write_bytes(model_bytes())
    (tmp_path / "c.bin").write_bytes(adapter_bytes())
    bundle = bundle_of(make("FROM ./a.bin\nFROM ./b.bin\nADAPTER ./c.bin\n"))
    assert [blob.digest for blob in bundle.projectors] == [Digest.of(projector_bytes())]
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes())]
    assert [blob.digest for blob in bundle.adapters] == [Digest.of(adapter_bytes())]
    assert bundle.metadata.vision


def test_a_child_inherits_and_wins(make: Build, bundle_of: BundleOf, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    parent = make("FROM ./m.gguf\nSYSTEM old\nPARAMETER seed 1\nPARAMETER top_k 2\nLICENSE MIT\n", "me/parent")
    bundle = bundle_of(make("FROM me/parent\nSYSTEM new\nPARAMETER seed 3\nMESSAGE user hi\nLICENSE MIT\n"))
    assert bundle.system == "new"
    assert bundle.parameters == {"seed": 3, "top_k": 2}
    assert bundle.licenses == ("MIT",)
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes())]
    assert bundle.base is not None
    assert (bundle.base.name, bundle.base.digest) == ("me/parent:latest", parent.descriptor.digest)


@pytest.mark.parametrize("value", ["oci:published:me/parent", "oci:published"])
def test_a_layout_can_be_built_on(
    make: Build, bundle_of: BundleOf, workspace: Workspace, tmp_path: Path, value: str
) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    make("FROM ./m.gguf\nSYSTEM old\n", "me/parent")
    push(workspace, "me/parent", f"oci:{tmp_path / 'published'}")
    workspace.store.remove("me/parent:latest")
    bundle = bundle_of(make(f"FROM {value}\nPARAMETER seed 1\n"))
    assert bundle.system == "old"
    assert bundle.base is not None
    assert str(tmp_path) not in bundle.base.name


def test_a_file_wins_over_a_stored_name_and_says_so(
    make: Build, bundle_of: BundleOf, events: list[Event], tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes(seed=1))
    make("FROM ./m.gguf\n", "thing")
    (tmp_path / "thing").write_bytes(model_bytes(seed=2))
    bundle = bundle_of(make("FROM thing\n"))
    assert [blob.digest for blob in bundle.weights] == [Digest.of(model_bytes(seed=2))]
    assert any(isinstance(event, Said) and "OLB210" in event.text for event in events)


def foreign_shard(folder: Path) -> None:
    shards(folder / "w")
    (folder / "w" / "model-00002-of-00003.gguf").write_bytes(shard_bytes(3, name="other", seed=9)[0])


def missing_shard(folder: Path) -> None:
    shards(folder / "w")
    (folder / "w" / "model-00002-of-00003.gguf").unlink()


def loop(folder: Path) -> None:
    (folder / "w").symlink_to("w")


def dangling(folder: Path) -> None:
    (folder / "w").symlink_to("nowhere")


def truncated(folder: Path) -> None:
    (folder / "w").write_bytes(model_bytes()[:200])


def cut_in_the_weights(folder: Path) -> None:
    (folder / "w").write_bytes(model_bytes()[:-1])


def lying(folder: Path) -> None:
    (folder / "w").write_bytes(b"GGUF" + (3).to_bytes(4, "little") + (1 << 60).to_bytes(8, "little") * 2)


def text(folder: Path) -> None:
    (folder / "w").write_text("GGUF? no.")


def two_models(folder: Path) -> None:
    (folder / "w").mkdir()
    (folder / "w" / "a.gguf").write_bytes(model_bytes(seed=1))
    (folder / "w" / "b.gguf").write_bytes(model_bytes(seed=2))


def safetensors(folder: Path) -> None:
    (folder / "w").mkdir()
    (folder / "w" / "model.safetensors").write_bytes(b"x")


def empty_folder(folder: Path) -> None:
    (folder / "w").mkdir()


def pipe(folder: Path) -> None:
    os.mkfifo(folder / "w")


@pytest.mark.parametrize(
    ("prepare", "error"),
    [
        (foreign_shard, FormatError), (missing_shard, NotFoundError), (loop, OlbuildError), (dangling, NotFoundError),
        (truncated, FormatError), (cut_in_the_weights, FormatError), (lying, FormatError), (text, FormatError),
        (two_models, FormatError), (safetensors, FormatError), (empty_folder, NotFoundError), (pipe, OlbuildError),
    ],
)  # fmt: skip
def test_a_bad_input_is_pointed_at(
    make: Build, workspace: Workspace, tmp_path: Path, prepare: Callable[[Path], None], error: type[OlbuildError]
) -> None:
    prepare(tmp_path)
    with pytest.raises(error) as caught:
        make("# first\nFROM ./w\n", "me/bad")
    assert [each.span.text for each in caught.value.diagnostics] == ["./w"]
    assert workspace.store.names() == {}
    assert workspace.store.verify() == ()


@pytest.mark.parametrize("value", ["me/none", "./none.gguf", "none-*.gguf", "oci:none:me/a"])
def test_nothing_there(make: Build, value: str) -> None:
    with pytest.raises(NotFoundError):
        make(f"FROM {value}\n")


def test_a_name_that_is_none(make: Build) -> None:
    with pytest.raises(UsageError):
        make("FROM me//none\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ADAPTER ./m.gguf", "needs a LoRA adapter"),
        ("DRAFT ./lora.gguf", "needs the weights"),
    ],
)
def test_an_instruction_needs_its_kind_of_file(make: Build, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    (tmp_path / "lora.gguf").write_bytes(adapter_bytes())
    with pytest.raises(FormatError, match=message):
        make(f"FROM ./m.gguf\n{line}\n")


def test_weights_do_not_replace_those_of_an_artifact_in_silence(make: Build, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes(seed=1))
    (tmp_path / "n.gguf").write_bytes(model_bytes(seed=2))
    make("FROM ./m.gguf\n", "me/parent")
    with pytest.raises(FormatError, match="one FROM names an artifact"):
        make("FROM me/parent\nFROM ./n.gguf\n")


def test_a_go_template_must_parse(make: Build, bundle_of: BundleOf, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    good = bundle_of(make('FROM ./m.gguf\nTEMPLATE """{{ .Prompt }}"""\n')).template
    assert good is not None
    assert good.language == "go"
    assert good.compiled is not None
    assert good.compiled.portable
    assert good.compiled.version == OUTPUT_VERSION
    with pytest.raises(ModelfileError) as caught:
        make('FROM ./m.gguf\nTEMPLATE """{{ .Prompt"""\n')
    assert "TEMPLATE of line 2:1:" in caught.value.diagnostics[0].render()


def test_a_template_that_is_not_portable_is_carried_and_marked(
    make: Build, bundle_of: BundleOf, tmp_path: Path
) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    make('FROM ./m.gguf\nTEMPLATE """{{ printf "%q" .Prompt }}"""\n', "me/parent")
    template = bundle_of(make("FROM me/parent\nSYSTEM Be brief.\n")).template
    assert template is not None
    assert template.compiled is not None
    assert not template.compiled.portable
    assert HELPER in template.compiled.text


def test_a_jinja_template_is_kept_as_it_is(make: Build, bundle_of: BundleOf, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    text = "{% for m in messages %}{{ m.content }}{% endfor %}"
    template = bundle_of(make(f'FROM ./m.gguf\nTEMPLATE """{text}"""\n')).template
    assert template == Template(text=text, language="jinja")


@pytest.mark.parametrize("flaw", ["{{ messages", "{{ ''.__class__ }}", "{{ messages|shout }}"])
def test_a_jinja_template_that_can_never_run_is_refused(make: Build, tmp_path: Path, flaw: str) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    with pytest.raises(ModelfileError) as caught:
        make(f'FROM ./m.gguf\nTEMPLATE """{{% for m in messages %}}{{% endfor %}}\n{flaw}"""\n')
    assert "TEMPLATE of line 2:2:" in caught.value.diagnostics[0].render()
