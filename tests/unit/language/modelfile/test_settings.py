"""The merged meaning: repeat rules, types of parameters, and every problem at once."""

import pytest

from olbuild.core.content import canonical_json
from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import Settings, parse, settings
from olbuild.language.parameters import DEPRECATED, PARAMETERS


def merged(text: str) -> Settings:
    return settings(parse("FROM base\n" + text))


def problems(text: str) -> list[tuple[str, str]]:
    with pytest.raises(ModelfileError) as caught:
        merged(text)
    return [(finding.code, finding.span.text) for finding in caught.value.diagnostics]


def test_what_is_repeated() -> None:
    found = merged(
        """FROM other
TEMPLATE a
TEMPLATE b
SYSTEM a
SYSTEM
SYSTEM ""
LICENSE a
LICENSE b
MESSAGE user a
MESSAGE assistant b: c
ADAPTER a
ADAPTER b
DRAFT a
DRAFT b
RENDERER a
RENDERER b
PARSER a
PARSER b
REQUIRES 1
REQUIRES v2.0
PARAMETER stop a
PARAMETER temperature 1
PARAMETER stop b
PARAMETER temperature 0.7
""".replace("SYSTEM\n", "SYSTEM \n")
    )
    assert [each.model for each in found.froms] == ["base", "other"]
    assert [each.path for each in found.adapters] == ["a", "b"]
    assert [each.path for each in found.drafts] == ["a", "b"]
    assert found.template is not None
    assert found.template.text == "b"
    assert found.system is not None
    assert found.system.text == ""
    assert [each.text for each in found.licenses] == ["a", "b"]
    assert [(each.role, each.content) for each in found.messages] == [("user", "a"), ("assistant", "b: c")]
    assert found.renderer is not None
    assert found.parser is not None
    assert (found.renderer.name, found.parser.name, found.requires) == ("b", "b", "2.0")
    assert dict(found.parameters) == {"stop": ("a", "b"), "temperature": 0.7}


def test_what_is_not_said_is_not_there() -> None:
    found = merged("")
    assert (found.template, found.system, found.renderer, found.parser, found.requires) == (None,) * 5
    assert (found.adapters, found.drafts, found.licenses, found.messages, dict(found.parameters)) == (
        (),
        (),
        (),
        (),
        {},
    )


def test_types_of_parameters() -> None:
    values = {"int": "04", "float": "+0.3", "bool": "T", "texts": "x"}
    expected = {"int": 4, "float": 0.3, "bool": True, "texts": ("x",)}
    text = "".join(f"PARAMETER {name} {values[kind]}\n" for name, kind in PARAMETERS.items())
    found = merged(text).parameters
    assert dict(found) == {name: expected[kind] for name, kind in PARAMETERS.items()}
    assert all(isinstance(value, type(expected[PARAMETERS[name]])) for name, value in found.items())


def test_a_deprecated_parameter_is_dropped_with_a_warning() -> None:
    modelfile = parse("FROM x\n" + "".join(f"PARAMETER {name} anything\n" for name in sorted(DEPRECATED)))
    assert dict(settings(modelfile).parameters) == {}
    assert [(warning.code, warning.span.text) for warning in modelfile.warnings] == [
        ("OLB121", name) for name in sorted(DEPRECATED)
    ]


def test_json_prints_parameters_as_ollama_does() -> None:
    found = merged("PARAMETER temperature 0.7\nPARAMETER top_p 1.0\nPARAMETER seed 42\nPARAMETER use_mmap F\n")
    assert canonical_json(dict(found.parameters)) == b'{"seed":42,"temperature":0.7,"top_p":1,"use_mmap":false}'


def test_every_problem_is_reported_with_its_place() -> None:
    text = """PARAMETER temprature 0.7
PARAMETER  num_ctx 1
PARAMETER num_ctx 8k
PARAMETER use_mmap yes
PARAMETER Temperature 1
REQUIRES abc
PARAMETER numa true
"""
    assert problems(text) == [
        *(("OLB102", "temprature"), ("OLB106", " "), ("OLB109", "8k"), ("OLB109", "yes")),
        *(("OLB102", "Temperature"), ("OLB110", "abc"), ("OLB102", "numa")),
    ]


def test_a_broken_line_does_not_hide_a_wrong_value() -> None:
    with pytest.raises(ModelfileError) as caught:
        parse("FROM x\nSYSTM y\nPARAMETER num_ctx 8k\n")
    assert [finding.code for finding in caught.value.diagnostics] == ["OLB101", "OLB109"]


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        merged("PARAMETER seed 1").parameters["seed"] = 2  # type: ignore[index]
