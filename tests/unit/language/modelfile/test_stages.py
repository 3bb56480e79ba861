"""Stages, and a Modelfile in plain Ollama."""

import pytest

from olbuild.core.errors import ModelfileError, UsageError
from olbuild.language.modelfile.lower import lower
from tests.unit.language.modelfile.beside import built, refused


def froms(text: str, target: str | None = None) -> list[list[str]]:
    return [[each.model for each in stage.froms] for stage in built(text, target=target).stages]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nFROM b\nSYSTEM x\nFROM c\n", [["a", "b", "c"]]),
        ("FROM a AS s\nFROM s\n", [["a"], []]),
        ("FROM a\nFROM b AS s\nSYSTEM x\nFROM s\n", [["a", "b"], []]),
        ("FROM a AS s\nFROM b\nSYSTEM x\nFROM s\n", [["a", "b"], []]),
        ("FROM a AS s\nFROM b AS t\n", [["b"]]),
        ("FROM a AS s\nFROM s AS t\nFROM t\nFROM p.gguf\n", [["a"], [], ["p.gguf"]]),
        ("FROM a AS a\nFROM a\n", [["a"], []]),
        ("FROM a as s\nfrom s\n", [["a"], []]),
        ("FROM ./my model.gguf AS s\nFROM s\n", [["./my model.gguf"], []]),
        ('FROM "a AS s"\n', [["a AS s"]]),
        ("ARG x=1\nFROM a AS s\nSYSTEM x\nFROM b\n", [["b"]]),
    ],
)
def test_stages(text: str, expected: list[list[str]]) -> None:
    assert froms(text) == expected


def test_a_target() -> None:
    text = "FROM a AS s\nSYSTEM 1\nFROM s AS t\nSYSTEM 2\nFROM b AS u\nFROM s\n"
    assert froms(text, "t") == [["a"], []]
    assert froms(text, "u") == [["b"]]
    assert froms(text) == [["a"], []]
    with pytest.raises(UsageError) as caught:
        froms(text, "T")
    assert caught.value.hint == 'did you mean "t"?'
    with pytest.raises(UsageError, match="no stage s"):
        froms("FROM a\n", "s")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a AS\n", [("OLB170", "a AS")]),
        ("FROM a AS 1\n", [("OLB170", "a AS 1")]),
        ("FROM a AS s\nFROM b AS s\n", [("OLB170", "b AS s")]),
        ("FROM s\nFROM a AS s\n", [("OLB170", "s")]),
        ("SYSTEM x\nFROM a AS s\n", [("OLB171", "SYSTEM")]),
    ],
)
def test_wrong_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def lowered(text: str, files: dict[str, str | bytes] | None = None) -> list[str]:
    return lower(built(text, files).lines).splitlines()


def test_lowering_writes_everything_out() -> None:
    files: dict[str, str | bytes] = {
        "sub/Modelfile": "FROM ./m.gguf\nADAPTER ../a.gguf\nSYSTEM --file=s.md\n",
        "sub/s.md": 'He said "hi"\nbye\n',
    }
    text = 'ARG S=7b\nINCLUDE sub/Modelfile\nPARAMETER stop "${S}"\nMESSAGE user  hi ${S}\n'
    assert lowered(text, files) == [
        "FROM ./sub/m.gguf",
        "ADAPTER ./a.gguf",
        *('SYSTEM """He said "hi"', "bye", '"""'),
        "PARAMETER stop 7b",
        "MESSAGE user hi 7b",
    ]


def test_lowering_puts_stages_on_top_of_each_other() -> None:
    base = "FROM x:1 AS a\nSYSTEM a\nPARAMETER stop a\nPARAMETER top_k 1\nMESSAGE user q\nLICENSE MIT\n"
    child = 'FROM a\nPARAMETER stop c\nSYSTEM ""\nLICENSE MIT\nLICENSE x\n'
    expected = "FROM x:1|SYSTEM a|PARAMETER top_k 1|MESSAGE user q|LICENSE MIT|PARAMETER stop c|LICENSE x"
    assert lowered(base + child) == expected.split("|")


def test_lowering_takes_away_what_is_known() -> None:
    base = "FROM ./x.gguf AS a\nSYSTEM a\nPARAMETER stop a\nLICENSE l\n"
    text = f"{base}FROM a\nUNSET SYSTEM\nUNSET PARAMETER stop\nUNSET LICENSE\n"
    assert lowered(text) == ["FROM ./x.gguf"]
    assert lowered("FROM x\nUNSET SYSTEM\nSYSTEM b\n") == ["FROM x", "SYSTEM b"]


@pytest.mark.parametrize(
    "line",
    [
        *("UNSET SYSTEM", "UNSET LICENSE\nLICENSE x", "LABEL a=b", "TEST --contains=a b", "QUANTIZE Q4_0"),
        *("ADAPTER --scale=0.5 a", "ADAPTER a\nADAPTER b"),
    ],
)
def test_what_ollama_cannot_say(line: str) -> None:
    with pytest.raises(ModelfileError) as caught:
        lowered(f"FROM x\n{line}\n")
    assert [finding.code for finding in caught.value.diagnostics] == ["OLB178"]


def test_characters_that_ollama_drops_cannot_be_lowered() -> None:
    with pytest.raises(ModelfileError) as caught:
        lowered("FROM x\nSYSTEM --file=a\n", {"a": "a\u200bb"})
    assert [finding.span.text for finding in caught.value.diagnostics] == ["SYSTEM"]
