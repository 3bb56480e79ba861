"""Inheritance: every rule of the spec's table."""

from typing import Any

import pytest

from olbuild.artifact.bundle import Base, Bundle, CompiledTemplate, Extra, Message, Metadata, Template, Test, overlay
from olbuild.core.content import BytesContent, Descriptor
from olbuild.core.names import Digest, Role
from olbuild.core.records import replace
from tests.unit.artifact.contents import blob

A, B, C = (blob(Role.WEIGHTS, data) for data in (b"a", b"b", b"c"))
GO = Template(
    text="{{ .Prompt }}", language="go", compiled=CompiledTemplate(text="{{ messages }}", version=1, portable=False)
)
JINJA = Template(text="{{ messages }}", language="jinja")
HALF = replace(A, scale=0.5)
ASKED, NAMED, OTHER = Test(prompt="1"), Test(prompt="2", name="a"), Test(prompt="3", name="b")
RENAMED = Test(prompt="4", name="a")
ONE, TWO = Message(role="user", content="1"), Message(role="user", content="2")


def _extra(path: str | None, data: bytes) -> Extra:
    return Extra(path=path, descriptor=Descriptor.of("a/b", data), content=BytesContent(data))


@pytest.mark.parametrize(
    ("name", "base", "child", "result"),
    [
        ("weights", (A, B), (), (A, B)),
        ("weights", (A, B), (C,), (C,)),
        ("projectors", (A,), (B,), (A, B)),
        ("adapters", (A,), (B, A), (A, B, A)),
        ("adapters", (HALF,), (A,), (HALF, A)),
        ("drafts", (A,), (), (A,)),
        ("drafts", (A,), (B,), (B,)),
        ("template", GO, None, GO),
        ("template", GO, JINJA, JINJA),
        ("template", GO, Template(text="", language="jinja"), GO),
        ("system", "base", None, "base"),
        ("system", "base", "child", "child"),
        ("system", "base", "", "base"),
        ("system", None, "child", "child"),
        ("parameters", {"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ("parameters", {"stop": ("x", "y")}, {"stop": ("z",)}, {"stop": ("z",)}),
        ("messages", (ONE,), (), (ONE,)),
        ("tests", (ASKED, NAMED), (), (ASKED, NAMED)),
        ("tests", (ASKED, NAMED, OTHER), (RENAMED, ASKED), (ASKED, OTHER, RENAMED, ASKED)),
        ("messages", (ONE,), (TWO, TWO), (TWO, TWO)),
        ("licenses", ("MIT", "BSD"), ("BSD", "GPL"), ("MIT", "BSD", "GPL")),
        ("renderer", "base", None, "base"),
        ("renderer", "base", "child", "child"),
        ("parser", "base", "child", "child"),
        ("requires", "0.1.0", None, "0.1.0"),
        ("requires", "0.1.0", "0.2.0", "0.2.0"),
        ("created", "2020-01-01T00:00:00Z", None, None),
        ("labels", {"a": "1", "b": "1"}, {"b": "2"}, {"a": "1", "b": "2"}),
        ("base", Base(name="b", digest=Digest.of(b"b")), None, Base(name="b", digest=Digest.of(b"b"))),
    ],
)
def test_a_field(name: str, base: Any, child: Any, result: Any) -> None:  # noqa: ANN401 - the fields of a bundle
    merged = overlay(replace(Bundle(), **{name: base}), replace(Bundle(), **{name: child}))
    assert getattr(merged, name) == result
    assert replace(merged, **{name: getattr(Bundle(), name)}) == Bundle()


def test_the_metadata_follow_the_weights_that_win() -> None:
    base = Bundle(weights=(A,), metadata=Metadata(name="base", vision=True))
    assert overlay(base, Bundle(metadata=Metadata(audio=True))).metadata == Metadata(
        name="base", vision=True, audio=True
    )
    child = Bundle(weights=(B,), metadata=Metadata(name="child"))
    assert overlay(base, child).metadata == Metadata(name="child")
    assert overlay(replace(base, projectors=(C,)), child).metadata == Metadata(name="child", vision=True)


def test_a_file_of_the_child_replaces_one_of_the_same_path() -> None:
    readme, config, nameless = _extra("README.md", b"1"), _extra("config.json", b"2"), _extra(None, b"3")
    other = _extra("readme.md", b"4")
    merged = overlay(Bundle(extras=(readme, nameless, config)), Bundle(extras=(other,)))
    assert merged.extras == (nameless, config, other)


def test_overlays_of_overlays_are_overlays() -> None:
    """However a chain of models is built, the last one is the same."""
    chain = [
        Bundle(weights=(A,), system="1", parameters={"a": 1}, licenses=("x",), labels={"a": "1"}),
        Bundle(adapters=(B,), template=GO, parameters={"b": 1}, licenses=("y", "x"), messages=(ONE,)),
        Bundle(adapters=(C,), system="3", parameters={"a": 2}, licenses=("y",), labels={"a": "2"}),
    ]
    first = overlay(overlay(chain[0], chain[1]), chain[2])
    assert first == overlay(chain[0], overlay(chain[1], chain[2]))
