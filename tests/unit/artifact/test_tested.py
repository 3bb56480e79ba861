"""Tests and scales in an artifact: what is refused when it is read, and what when it is written."""

from typing import Any

import pytest

from olbuild.artifact.bundle import Test
from olbuild.artifact.profiles import read_bundle
from olbuild.artifact.profiles.modelpack import read, write
from olbuild.artifact.profiles.modelpack.trials import decode_tests
from olbuild.core.content import canonical_json
from olbuild.core.errors import FormatError
from olbuild.core.names import Role
from olbuild.core.records import replace
from olbuild.testing.models import adapter_bytes
from tests.unit.artifact.contents import altered, blob, fetch_from
from tests.unit.artifact.test_modelpack import FULL, MINIMAL

SCALES = "|1|1.0|0.50|-0|+2|.5|1e-3|nan|inf|1001|-1000.5|0.1234567|٣|0x1"


@pytest.mark.parametrize("text", [*SCALES.split("|"), "9" * 400])
def test_a_scale_that_is_not_in_its_one_form_is_refused(text: str) -> None:
    def change(document: dict[str, Any]) -> None:
        layers = (layer["annotations"] for layer in document["layers"])
        next(each for each in layers if each["dev.olbuild.role"] == "adapter")["dev.olbuild.scale"] = text

    root, fetch = altered(write(FULL), change)
    with pytest.raises(FormatError, match=r"adapter\.gguf: dev\.olbuild\.scale is .*, and cannot be"):
        read_bundle(root, fetch)


@pytest.mark.parametrize(("scale", "found"), [(None, None), (1.0, None), (0.8, 0.8), (0, 0.0), (-0.0, 0.0), (-2, -2.0)])
def test_a_scale_comes_back(scale: float | None, found: float | None) -> None:
    adapters = (replace(blob(Role.ADAPTER, adapter_bytes()), scale=scale), blob(Role.ADAPTER, adapter_bytes(2)))
    graph = write(replace(MINIMAL, adapters=adapters))
    assert [each.scale for each in read(graph.root, fetch_from(graph)).adapters] == [found, None]


@pytest.mark.parametrize("scale", [float("nan"), float("inf"), 1001, 1e-7])
def test_a_scale_that_cannot_be_written(scale: float) -> None:
    adapter = replace(blob(Role.ADAPTER, adapter_bytes()), scale=scale)
    with pytest.raises(FormatError, match=r"adapter\.gguf cannot have the scale"):
        write(replace(MINIMAL, adapters=(adapter,)))


def test_only_an_adapter_can_have_a_scale() -> None:
    with pytest.raises(FormatError, match=r"\(weights\) has the annotation 'dev\.olbuild\.scale'"):
        write(replace(MINIMAL, weights=tuple(replace(each, scale=0.5) for each in MINIMAL.weights)))


def _deep(levels: int) -> Any:  # noqa: ANN401
    schema: Any = True
    for _ in range(levels):
        schema = {"not": schema}
    return schema


A = Test(prompt="a")


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ((Test(prompt=" "),), r"tests\.json: \$\[0\]\.prompt is not text, or blank"),
        ((replace(A, name="n"), Test(prompt="b", name="n")), "has 2 tests of the name 'n'"),
        ((replace(A, name="a\x1b"),), r"\$\[0\]\.name has control characters"),
        ((A, replace(A, matches=("a", "("))), r"\$\[1\]\.matches\[1\]: '\(' is no expression: missing"),
        ((replace(A, matches=("(?=a)",)),), "invalid perl operator"),
        ((replace(A, matches=("a" * 4097,)),), "more than 4096 characters"),
        ((replace(A, json_schema={"type": "objekt"}),), r"\$\[0\]\.json_schema is no schema: \$\.type"),
        ((replace(A, json_schema={"$ref": "http://127.0.0.1:9/x"}),), "nothing outside of it is read"),
        ((replace(A, json_schema=_deep(100_000)),), "nested deeper than 64 levels"),
        ((replace(A, max_tokens=0),), "a whole number from 1 to 1000000"),
        ((replace(A, contains=("",)),), "texts that are not empty"),
        ((replace(A, contains=("x",) * 101),), "a list of 1 to 100 texts"),
        ((A,) * 10_000, "has 10000 tests, and at most 1000 are allowed"),
        ((Test(prompt="a" * (4 << 20)),), "bytes, and at most 4194304 are allowed"),
        ((Test(prompt="a\ud800"),), "half a character"),
    ],
)
def test_tests_that_cannot_be_written(tests: tuple[Test, ...], reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        write(replace(MINIMAL, tests=tests))


def test_a_reader_leaves_expressions_and_schemas_alone() -> None:
    """Another program may have written them; who only looks at the model is not kept from it."""
    (test,) = decode_tests(canonical_json([{"prompt": "a", "matches": ["("], "json_schema": {"type": 1}}]), "x")
    assert (test.matches, test.json_schema) == (("(",), {"type": 1})
