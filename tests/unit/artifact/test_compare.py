"""What differs between two models: each part is noticed, and nothing else is."""

from typing import get_args

import pytest

from olbuild.artifact.bundle import Base, Bundle, CompiledTemplate, Message, Metadata, Template, Test, compare_bundles
from olbuild.artifact.bundle.compare import Section
from olbuild.artifact.weights import compare_headers
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import BytesContent
from olbuild.core.names import Digest
from olbuild.core.records import replace
from olbuild.testing.models import model_bytes

DIGEST = Digest.of(b"base")
WHOLE = Bundle(
    template=Template(text="{{ .Prompt }}", language="go"),
    system="Be brief.",
    parameters={"temperature": 0, "stop": ("a", "b")},
    messages=(Message(role="user", content="Hi"),),
    tests=(Test(prompt="Q?", name="q", contains=("A",), json_schema={"type": "string"}, max_tokens=3),),
    licenses=("MIT",),
    renderer="x",
    parser="y",
    requires="0.1",
    metadata=Metadata(architecture="llama"),
    base=Base(name="me/base", digest=DIGEST),
    labels={"k": "v"},
)


@pytest.mark.parametrize(
    ("other", "section"),
    [
        (replace(WHOLE, template=Template(text="{{ .Prompt }}", language="jinja")), "template"),
        (replace(WHOLE, template=None), "template"),
        (replace(WHOLE, system="Be long."), "system"),
        (replace(WHOLE, parameters={"temperature": 0, "stop": ("a",)}), "parameter"),
        (replace(WHOLE, parameters={**WHOLE.parameters, "seed": 1}), "parameter"),
        (replace(WHOLE, messages=(Message(role="assistant", content="Hi"),)), "message"),
        (replace(WHOLE, tests=(replace(WHOLE.tests[0], max_tokens=4),)), "test"),
        (replace(WHOLE, tests=(replace(WHOLE.tests[0], json_schema=True),)), "test"),
        (replace(WHOLE, tests=()), "test"),
        (replace(WHOLE, licenses=("MIT", "BSD")), "license"),
        (replace(WHOLE, renderer=None), "renderer"),
        (replace(WHOLE, parser="z"), "parser"),
        (replace(WHOLE, requires="0.2"), "requires"),
        (replace(WHOLE, metadata=Metadata(architecture="llama", vision=True)), "metadata"),
        (replace(WHOLE, created="2026-01-01T00:00:00Z"), "metadata"),
        (replace(WHOLE, base=None), "base"),
        (replace(WHOLE, labels={"k": "w"}), "label"),
    ],
)
def test_each_part_is_noticed_both_ways(other: Bundle, section: str) -> None:
    there, back = compare_bundles(WHOLE, other), compare_bundles(other, WHOLE)
    assert {change.section for change in there} == {section}
    assert {(change.name, change.after, change.before) for change in back} == {
        (change.name, change.before, change.after) for change in there
    }


def test_the_same_model_has_no_changes_and_a_compiler_makes_none() -> None:
    compiled = replace(
        WHOLE, template=Template(text="{{ .Prompt }}", language="go", compiled=CompiledTemplate(text="", version=1))
    )
    assert compare_bundles(WHOLE, WHOLE) == ()
    assert compare_bundles(WHOLE, compiled) == ()


def test_changes_come_in_the_order_of_their_sections() -> None:
    order = [get_args(Section).index(change.section) for change in compare_bundles(WHOLE, Bundle())]
    assert order == sorted(order)
    assert len(order) > 12


def test_headers_are_compared_by_metadata_and_tensors() -> None:
    data = model_bytes()
    one = read_header(BytesContent(data), "one")
    two = read_header(BytesContent(data.replace(b"tiny", b"tine")), "two")
    assert compare_headers("weights", one, one) == ()
    ((change),) = compare_headers("weights", one, two)
    assert (change.section, change.name, change.before, change.after) == (
        "header",
        "weights general.name",
        "tiny",
        "tine",
    )
    renamed = read_header(
        BytesContent(data.replace(one.tensors[0].name.encode(), one.tensors[0].name[::-1].encode())), "x"
    )
    changes = compare_headers("weights", one, renamed)
    assert [(change.section, change.before is None, change.after is None) for change in changes] == [
        ("tensor", False, True),
        ("tensor", True, False),
    ]
