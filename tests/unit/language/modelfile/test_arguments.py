"""ARG and ``${NAME}``."""

import pytest

from olbuild.core.errors import UsageError
from tests.unit.language.modelfile.beside import built, refused


def system(text: str, given: dict[str, str] | None = None) -> str:
    (settings,) = built(f"{text}\nFROM x\n", given=given).stages
    assert settings.system is not None
    return settings.system.text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${A}", "one"),
        ("$${A}", "${A}"),
        ("$${A:-b}", "${A:-b}"),
        ("$$${A}", "$${A}"),
        ("${A}${A}", "oneone"),
        ("${B}", "${B}"),
        ("$${B}", "$${B}"),
        ("${B:-text}", "${B:-text}"),
        ("${A:-text}", "one"),
        ("${EMPTY:-text}", "text"),
        ("${EMPTY:-}", ""),
        ("${EMPTY}", ""),
        ("${ONCE}", "${A}"),
        ("$A $ {A} ${A ${ A} ${a}", "$A $ {A} ${A ${ A} ${a}"),
        ("${A:-a}b}", "oneb}"),
        ("${A:+x}", "${A:+x}"),
    ],
)
def test_what_is_replaced(written: str, read: str) -> None:
    text = f'ARG A=one\nARG EMPTY=""\nARG ONCE=$${{A}}\nSYSTEM x{written}x'
    assert system(text) == f"x{read}x"


def test_values_in_every_place_and_names_in_none() -> None:
    text = """
ARG v=1
ARG w=${v}2
FROM m:${v} AS s
ADAPTER --scale=${v} a${v}
DRAFT d${v}
TEMPLATE t${v}
SYSTEM s${v}
LICENSE l${v}
MESSAGE user m${v}
PARAMETER top_k ${w}
RENDERER r${v}
PARSER p${v}
REQUIRES 0.1.${v}
LABEL a=l${v}
QUANTIZE q4_${v}
TEST --name=n${v} --contains=c${v} --max-tokens=${w} p${v}
FROM s
UNSET LABEL a${v}
"""
    first, second = built(text).stages
    assert first.froms[0].model == "m:1"
    assert (first.adapters[0].path, first.adapters[0].scale) == ("a1", "1")
    assert first.drafts[0].path == "d1"
    assert (first.template and first.template.text, first.system and first.system.text) == ("t1", "s1")
    assert first.licenses[0].text == "l1"
    assert first.messages[0].content == "m1"
    assert dict(first.parameters) == {"top_k": 12}
    assert (first.renderer and first.renderer.name, first.parser and first.parser.name) == ("r1", "p1")
    assert first.requires == "0.1.1"
    assert dict(first.labels) == {"a": "l1"}
    assert first.quantize
    assert first.quantize.type == "q4_1"
    (test,) = first.tests
    assert (test.name, test.contains, test.max_tokens, test.prompt) == ("n1", ("c1",), "12", "p1")
    assert second.unsets[0].name == "a1"


def test_the_command_line_wins_over_the_default() -> None:
    assert system("ARG A=one\nSYSTEM ${A}", {"A": "two"}) == "two"
    assert system("ARG A\nSYSTEM ${A}", {"A": ""}) == ""
    assert system("ARG A=one\nARG A\nSYSTEM ${A}") == "one"
    assert system("ARG A=one\nARG A=two\nSYSTEM ${A}") == "two"


def test_a_name_is_known_from_its_declaration_on() -> None:
    assert system("SYSTEM ${A}\nARG A=one\nPARAMETER stop ${A}") == "${A}"


def test_an_argument_needs_a_value() -> None:
    assert refused("ARG A\nFROM x:${A}\nSYSTEM ${A}\n") == [("OLB163", "A")]
    assert refused("ARG A\nFROM x\n") == [("OLB163", "A")]
    assert refused("ARG A\nFROM x\nSYSTEM ${A:-}\n") == []
    assert refused("ARG A\nARG B=${A}\nFROM x:${B}\n") == [("OLB163", "A")]


def test_what_is_given_must_be_declared() -> None:
    with pytest.raises(UsageError) as caught:
        built("ARG size=1\nFROM x:${size}\n", given={"sise": "2"})
    assert caught.value.hint == 'did you mean "size"?'
    with pytest.raises(UsageError) as caught:
        built("FROM x\n", given={"size": "2"})
    assert caught.value.hint == "the Modelfile declares no argument"


@pytest.mark.parametrize("line", ["ARG 1a=x", "ARG a-b=x", "ARG a = b", "ARG =x", 'ARG "a"', "ARG ä=x", "ARG a b"])
def test_malformed_names(line: str) -> None:
    assert [code for code, _ in refused(f"{line}\nFROM x\n")] == ["OLB162"]


def test_a_bomb_of_arguments_is_refused_before_it_is_built() -> None:
    lines = ["ARG A0=0123456789", *(f"ARG A{i}={f'${{A{i - 1}}}' * 100}" for i in range(1, 30))]
    codes = {code for code, _ in refused("\n".join([*lines, "FROM x:${A29}"]))}
    assert "OLB177" in codes


def test_a_quoted_default_may_have_several_lines() -> None:
    assert system('ARG A="""one\ntwo"""\nSYSTEM ${A}') == "one\ntwo"
