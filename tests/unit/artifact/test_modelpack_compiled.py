"""A compiled template in an artifact: what its layer says, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from olbuild.artifact.bundle import CompiledTemplate, Template
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.core.content import Graph
from olbuild.core.errors import FormatError
from olbuild.core.records import replace
from tests.unit.artifact.contents import altered, fetch_from
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

TITLE = "org.opencontainers.image.title"
OWN = "dev.olbuild."
JINJA = "chat_template.jinja"
PORTABLE = CompiledTemplate(text="{{ messages }}", version=12)
GO = Template(text="{{ .Messages }}", language="go", compiled=PORTABLE)


def annotations(graph: Graph, title: str = JINJA) -> dict[str, str]:
    """Return what a layer says besides its role."""
    layer = next(node.descriptor for node in graph if node.descriptor.annotations.get(TITLE) == title)
    return {key.removeprefix(OWN): value for key, value in layer.annotations.items() if key.startswith(OWN)}


@pytest.mark.parametrize(
    ("template", "stated"),
    [
        (GO, {"compiler": "12"}),
        (replace(GO, compiled=replace(PORTABLE, portable=False)), {"compiler": "12", "portable": "false"}),
        (Template(text="{{ messages }}", language="jinja"), {}),
    ],
)
def test_the_layer_says_which_compiler_made_it(template: Template, stated: dict[str, str]) -> None:
    graph = write(replace(MINIMAL, template=template))
    assert annotations(graph) == {"role": "template.jinja", "instruction": "TEMPLATE", **stated}
    assert read_bundle(graph.root, fetch_from(graph)).template == template


def test_another_version_of_the_compiler_is_another_digest() -> None:
    later = replace(GO, compiled=replace(PORTABLE, version=13))
    assert write(replace(MINIMAL, template=GO)) != write(replace(MINIMAL, template=later))


@pytest.mark.parametrize("text", ["", "{{ .Messages }}"])
def test_without_an_original_there_is_no_compiled_one(text: str) -> None:
    template = replace(GO, text=text)
    titles = [node.descriptor.annotations.get(TITLE) for node in write(replace(MINIMAL, template=template))]
    assert ("template.gotmpl" in titles, JINJA in titles) == (bool(text), bool(text))


def _set(title: str, **stated: str | None) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        layer = next(item for item in document["layers"] if item["annotations"][TITLE] == title)
        for name, value in stated.items():
            if value is None:
                del layer["annotations"][OWN + name]
            else:
                layer["annotations"][OWN + name] = value

    return change


def _without_original(document: dict[str, Any]) -> None:
    document["layers"] = [item for item in document["layers"] if item["annotations"][OWN + "role"] != "template"]


REFUSED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "unknown": (_set("system.txt", voice="x"), r"\(system\) has the annotation 'dev.olbuild.voice', which is unknown"),
    "of another role": (_set("system.txt", compiler="1"), "or belongs to another role"),
    "no version": (_set(JINJA, compiler="01"), "'01', which is no version"),
    "no version, in other digits": (_set(JINJA, compiler="\u0661"), "which is no version"),
    "no version, with a line end": (_set(JINJA, compiler="1\n"), "which is no version"),
    "beyond all versions": (_set(JINJA, compiler="9" * 10), "which is no version"),
    "missing": (_set(JINJA, compiler=None), "beside template has no dev.olbuild.compiler"),
    "portable in other words": (_set(JINJA, portable="yes"), "'yes'; it says 'false', or is not there"),
    "compiled from nothing": (_without_original, "was compiled, and there is no template"),
}


@pytest.mark.parametrize(("change", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_layer_that_says_what_cannot_be_is_refused(change: Callable[[dict[str, Any]], None], reason: str) -> None:
    root, fetch = altered(write(FULL), change)
    with pytest.raises(FormatError, match=reason):
        read_bundle(root, fetch)
