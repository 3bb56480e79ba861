"""What olbuild adds to the language, down to the artifact."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.api.arguments import read_arguments
from olbuild.api.building import BuildRequest, BuildResult, plan
from olbuild.api.workspace import Workspace
from olbuild.artifact.bundle import Bundle, Removal, Test, without
from olbuild.building.plan.render import to_json, to_text
from olbuild.core.errors import EngineError, FormatError, ModelfileError, NotFoundError, UsageError
from olbuild.testing.models import adapter_bytes, model_bytes, projector_bytes
from tests.unit.building.conftest import Build

BundleOf = Callable[[BuildResult], Bundle]


COMMON = b"""ARG tone=brief
SYSTEM --file=system.md
ADAPTER --scale=0.5 ../a.gguf
PARAMETER stop ${tone}
"""


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    for name, data in {
        "m.gguf": model_bytes(),
        "other.gguf": model_bytes(seed=7),
        "mmproj.gguf": projector_bytes(),
        "a.gguf": adapter_bytes(),
        "b.gguf": adapter_bytes(7),
        "parts/common": COMMON,
        "parts/system.md": b"Be ${tone}.\n",
        "few.jsonl": b'{"role": "user", "content": "Hi"}\n{"role": "assistant", "content": "Hello"}\n',
        "answer.json": b'{"type": "object"}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)


def test_everything_reaches_the_artifact(make: Build, bundle_of: BundleOf) -> None:
    text = """
ARG size=1
FROM ./m.gguf
INCLUDE parts/common
ADAPTER b.gguf
MESSAGE --file=few.jsonl
LABEL com.example.team=search ${size}
TEST --name=one --contains=a --contains="b c" --matches=^d --json-schema=answer.json --max-tokens=7 What?
TEST --not-contains=e Why?
"""
    bundle = bundle_of(make(text))
    assert bundle.system == "Be ${tone}.\n"
    assert bundle.parameters == {"stop": ("brief",)}
    assert [blob.scale for blob in bundle.adapters] == [0.5, None]
    assert [message.content for message in bundle.messages] == ["Hi", "Hello"]
    assert bundle.labels == {"com.example.team": "search 1"}
    assert bundle.tests == (
        Test(
            prompt="What?",
            name="one",
            contains=("a", "b c"),
            matches=("^d",),
            json_schema={"type": "object"},
            max_tokens=7,
        ),
        Test(prompt="Why?", not_contains=("e",)),
    )


def test_arguments_change_the_artifact_and_unused_ones_do_not(make: Build, bundle_of: BundleOf) -> None:
    text = "ARG tone=kind\nARG other=1\nFROM ./m.gguf\nSYSTEM Be ${tone}.\nPARAMETER top_k ${other:-1}\n"
    assert bundle_of(make(text, arguments={"tone": "brief"})).system == "Be brief."
    assert make(text).descriptor == make(text, arguments={"tone": "kind"}).descriptor
    with pytest.raises(UsageError, match="no ARG declares"):
        make(text, arguments={"tune": "x"})


STAGES = """
FROM ./m.gguf AS base
SYSTEM Base.
LICENSE MIT
PARAMETER top_k 1
PARAMETER stop a
FROM ./other.gguf AS unused
SYSTEM Unused.
FROM base AS seeing
FROM ./mmproj.gguf
PARAMETER stop b
FROM base
UNSET SYSTEM
UNSET PARAMETER stop
LICENSE Apache-2.0
"""


def test_stages_inherit_and_the_last_is_built(make: Build, bundle_of: BundleOf) -> None:
    bundle = bundle_of(make(STAGES))
    assert (bundle.system, bundle.parameters, bundle.licenses) == (None, {"top_k": 1}, ("MIT", "Apache-2.0"))
    assert bundle.base is None, "a stage is no artifact"
    seeing = bundle_of(make(STAGES, target="seeing"))
    assert seeing.system == "Base."
    assert seeing.parameters == {"stop": ("b",), "top_k": 1}
    assert len(seeing.projectors) == 1
    assert seeing.metadata.vision
    assert seeing.weights == bundle.weights


def test_a_stage_is_what_the_same_in_one_file_would_be(make: Build) -> None:
    staged = make("FROM ./m.gguf AS a\nSYSTEM x\nFROM a\nPARAMETER top_k 1\n")
    flat = make("FROM ./m.gguf\nSYSTEM x\nPARAMETER top_k 1\n")
    assert staged.descriptor == flat.descriptor


def test_unused_stages_cost_nothing(make: Build, workspace: Workspace, tmp_path: Path) -> None:
    text = "FROM missing.example/model:1 AS a\nSYSTEM x\nFROM ./gone.gguf AS b\nSYSTEM y\nFROM ./m.gguf\n"
    make(text)
    with pytest.raises(NotFoundError):
        make(text, target="b")
    request = BuildRequest(data=text.encode(), name="Modelfile", folder=tmp_path)
    assert [type(step).__name__ for step in plan(workspace, request).plan.steps] == ["ImportFile", "Assemble"]


def test_what_an_artifact_brings_is_taken_away(make: Build, bundle_of: BundleOf) -> None:
    make(
        "FROM ./m.gguf\nSYSTEM s\nTEMPLATE {{ .Prompt }}\nMESSAGE user m\nLICENSE l\nADAPTER a.gguf\nDRAFT other.gguf\n"
        "RENDERER qwen3-coder\nPARSER qwen3-coder\nREQUIRES 0.14.0\nLABEL a=1\nLABEL b=2\n"
        "PARAMETER top_k 1\nPARAMETER seed 2\n"
        "TEST --name=x --contains=a p\nTEST --contains=b q\n",
        "me/base",
    )
    parts = ("SYSTEM", "TEMPLATE", "MESSAGE", "LICENSE", "ADAPTER", "DRAFT", "RENDERER", "PARSER", "REQUIRES")
    named = ("LABEL a", "PARAMETER top_k", "TEST x")
    bundle = bundle_of(make("FROM me/base\n" + "".join(f"UNSET {part}\n" for part in (*parts, *named))))
    assert (bundle.system, bundle.template, bundle.messages, bundle.licenses) == (None, None, (), ())
    assert (bundle.adapters, bundle.drafts, bundle.renderer, bundle.parser, bundle.requires) == (
        (),
        (),
        None,
        None,
        None,
    )
    assert (bundle.labels, bundle.parameters) == ({"b": "2"}, {"seed": 2})
    assert [test.prompt for test in bundle.tests] == ["q"]
    bare = bundle_of(make("FROM me/base\nUNSET LABEL\nUNSET PARAMETER\nUNSET TEST\n"))
    assert (bare.labels, bare.parameters, bare.tests) == ({}, {}, ())


def test_unset_never_takes_what_the_same_stage_says(make: Build, bundle_of: BundleOf) -> None:
    make("FROM ./m.gguf\nLICENSE old\nPARAMETER stop a\n", "me/base")
    bundle = bundle_of(make("FROM me/base\nLICENSE new\nUNSET LICENSE\nUNSET PARAMETER stop\nPARAMETER stop b\n"))
    assert (bundle.licenses, bundle.parameters) == (("new",), {"stop": ("b",)})


def test_taking_away_what_is_not_there() -> None:
    assert without(Bundle(system="a"), (Removal(part="TEMPLATE"), Removal(part="LABEL", name="x"))) == Bundle(
        system="a"
    )


def test_another_scale_is_another_artifact_of_the_same_files(make: Build) -> None:
    digests = {make(f"FROM ./m.gguf\nADAPTER {flag}a.gguf\n").descriptor.digest for flag in ("", "--scale=0.5 ")}
    assert len(digests) == 2
    same = [make(f"FROM ./m.gguf\nADAPTER --scale={scale} a.gguf\n").descriptor for scale in ("1", "1.0", "+1")]
    assert same == [make("FROM ./m.gguf\nADAPTER a.gguf\n").descriptor] * 3


def test_quantize_is_in_the_plan_and_refused_before_anything_is_done(
    make: Build, workspace: Workspace, tmp_path: Path
) -> None:
    text = "FROM ./m.gguf\nQUANTIZE q4_k\n"
    planned = plan(workspace, BuildRequest(data=text.encode(), name="Modelfile", folder=tmp_path))
    assert "weights converted to Q4_K_M" in to_text(planned.plan, planned.forecasts)
    document = json.loads(json.dumps(to_json(planned.plan, planned.forecasts)))
    assert [step.get("type") for step in document["steps"]] == [None, "Q4_K_M", None]
    with pytest.raises(EngineError, match="cannot convert"):
        make(text)
    assert list(workspace.store.layout.blobs) == []


def test_two_models_in_one_stage(make: Build) -> None:
    make("FROM ./m.gguf\n", "me/a")
    with pytest.raises(FormatError) as caught:
        make("FROM ./m.gguf AS s\nFROM s\nFROM me/a\n")
    assert caught.value.diagnostics[0].code == "OLB204"


@pytest.mark.parametrize("how", ["link", "folder", "fifo"])
def test_a_file_that_is_none_or_leads_out(make: Build, tmp_path: Path, how: str) -> None:
    import os

    place = tmp_path / "text"
    if how == "link":
        place.symlink_to("/etc/hostname")
    elif how == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    with pytest.raises(ModelfileError) as caught:
        make("FROM ./m.gguf\nSYSTEM --file=text\n")
    assert [finding.code for finding in caught.value.diagnostics] == ["OLB166"]


def test_arguments_of_a_file_are_taken_as_they_are_written(tmp_path: Path) -> None:
    file = tmp_path / "arguments.yaml"
    file.write_text("size: 1.10\non: yes\nempty:\ntext: |\n  two\n  lines\nquoted: '7'\n")
    assert read_arguments(["size=2"], file) == {
        "size": "2",
        "on": "yes",
        "empty": "",
        "text": "two\nlines\n",
        "quoted": "7",
    }
    file.write_text("")
    assert read_arguments((), file) == {}


@pytest.mark.parametrize(
    "text", ["- a\n", "a: [b]\n", "a: {b: c}\n", "a: b: c\n", "just text\n", "[" * 10_000, "a: \x00"]
)
def test_a_file_of_arguments_that_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "arguments.yaml"
    file.write_text(text)
    with pytest.raises(UsageError):
        read_arguments((), file)


def test_an_argument_may_come_from_the_environment() -> None:
    assert read_arguments(["a", "b=", "c=d=e"], environment={"a": "x", "b": "y"}) == {"a": "x", "b": "", "c": "d=e"}


@pytest.mark.parametrize("pair", ["a", "=b", ""])
def test_an_argument_without_a_value(pair: str) -> None:
    with pytest.raises(UsageError, match="has no value"):
        read_arguments([pair], environment={})


def test_a_stage_in_the_dialect_of_ollama_is_refused_where_it_stands(make: Build, tmp_path: Path) -> None:
    with pytest.raises(ModelfileError) as caught:
        make("FROM ./m.gguf AS base\n", dialect="ollama")
    assert [(each.code, each.span.text) for each in caught.value.diagnostics] == [("OLB161", "./m.gguf AS base")]
    (tmp_path / "m.gguf AS base").write_bytes(model_bytes())
    assert make("FROM ./m.gguf AS base\n", dialect="ollama").descriptor == make("FROM ./m.gguf\n").descriptor


def test_a_template_of_a_file_is_called_as_the_file(make: Build, tmp_path: Path) -> None:
    (tmp_path / "chat.gotmpl").write_text("{{ range .Messages }}\n{{ .Content \n")
    with pytest.raises(ModelfileError) as caught:
        make("FROM ./m.gguf\nTEMPLATE --file=chat.gotmpl\n")
    (finding,) = caught.value.diagnostics
    assert finding.source.name == "chat.gotmpl"
    assert finding.source.position(finding.span.start) == (2, 1)
