"""The rules of the language, in the groups of Ollama's own parser tests and of the borders that those leave out."""

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import (
    Adapter,
    Draft,
    From,
    License,
    Message,
    Parameter,
    Parser,
    Renderer,
    Requires,
    System,
    Template,
    command,
    parse,
)


def commands(text: str | bytes) -> list[tuple[str, str]]:
    return [command(each) for each in parse(text, dialect="ollama").instructions]


def refused(text: str) -> list[tuple[str, int, int]]:
    with pytest.raises(ModelfileError) as caught:
        parse(text)
    errors = [finding for finding in caught.value.diagnostics if finding.is_error]
    return [(error.code, *error.source.position(error.span.start)) for error in errors]


def test_each_instruction_has_a_type_of_its_own() -> None:
    text = """FROM a
ADAPTER b
DRAFT c
TEMPLATE d
SYSTEM e
LICENSE f
MESSAGE user g
PARAMETER stop h
RENDERER i
PARSER j
REQUIRES 1.2
"""
    types = [type(each) for each in parse(text).instructions]
    assert types == [
        *(From, Adapter, Draft, Template, System, License),
        *(Message, Parameter, Renderer, Parser, Requires),
    ]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('FROM "     model 1"', "     model 1"),
        ("FROM      model1   \t", "model1"),
        ("FROM     FOOO BAR    ", "FOOO BAR"),
        ("FROM foo # c", "foo # c"),
        ("FROM\tx", "x"),
        ("from x", "x"),
        ("fRoM x", "x"),
        ("  \t FROM x", "x"),
        ("FROM 'a b'", "'a b'"),
        ("FROM a\tb", "a\tb"),
        ("FROM ", ""),
        ("FROM     \t ", ""),
        ('FROM ""', ""),
        ('FROM """"""', ""),
        ('FROM """a "quoted""""', 'a "quoted"'),
        ('FROM """"\n"""', '"\n'),
        ('FROM "multi\nline"', "multi\nline"),
        ('FROM """\r\na\r\n"""  \t', "\r\na\r\n"),
        ('FROM "a" b\nSYSTEM "c"', 'a" b\nSYSTEM "c'),
        ('FROM "\'"', "'"),
        ('FROM """\'\'"\'""\'""\'"\'"\'\'\'\'\'""\'""\'"""', "''\"'\"\"'\"\"'\"'\"'''''\"\"'\"\"'"),
        ('FROM say "hi"', 'say "hi"'),
        ('FROM "\n""', '\n"'),
        ('FROM "" "', '" '),
        ('FROM "He said "hi"\n# more', 'He said "hi'),
        ("FROM a\x07b\u00a0c\u200b", "abc"),
        ('FROM "\u200b""\u200b\nx"""', "\nx"),
    ],
)
def test_a_value(line: str, value: str) -> None:
    assert commands(line) == [("model", value)]
    assert commands(line + "\n") == [("model", value)]
    assert commands(line + "\r\n\r\n") == [("model", value)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PARAMETER system hello", ("system", "hello")),
        ("PARAMETER license x", ("license", "x")),
        ("PARAMETER message user: hi", ("message", "user: hi")),
        ("PARAMETER message hi", ("message", "hi")),
        ("PARAMETER from x", ("from", "x")),
        ("PARAMETER System x", ("System", "x")),
        ("PARAMETER  x 1", ("", "x 1")),
        ("PARAMETER temperature ", ("temperature", "")),
        ("PARAMETER stop ### User: ", ("stop", "### User:")),
        ('PARAMETER stop "### User: "', ("stop", "### User: ")),
        ("MESSAGE user ", ("message", "user: ")),
        ('MESSAGE system """\nYou.\n"""', ("message", "system: \nYou.\n")),
        ("message assistant\ta: b", ("message", "assistant: a: b")),
    ],
)
def test_a_named_value(text: str, expected: tuple[str, str]) -> None:
    assert commands(f"FROM x\n{text}\n") == [("model", "x"), expected]


def test_a_parameter_may_be_the_from() -> None:
    assert parse("PARAMETER model foo").instructions[0] == parse("FROM foo").instructions[0]


@pytest.mark.parametrize("ending", ["\n", "\r", "\r\n", "\n\n \t\n"])
def test_every_newline_ends_a_line(ending: str) -> None:
    text = ending.join(["", "# a comment", "FROM x", "  # another, with SYSTEM y", "SYSTEM z", ""])
    assert commands(text) == [("model", "x"), ("system", "z")]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", ("OLB108", 1, 1)),
        ("PARAMETER num_ctx 1", ("OLB108", 1, 1)),
        ("FROM", ("OLB103", 1, 1)),
        ("FROM\n", ("OLB103", 1, 1)),
        ("\nFROM foo\nBADCOMMAND param1 value1\n", ("OLB101", 3, 1)),
        ("FROM foo\r\nSYSTEM\r\n", ("OLB103", 2, 1)),
        ("FROM foo\nPARAMETER param1\n", ("OLB103", 2, 11)),
        ("FROM foo\nPARAMETER top-k 1", ("OLB107", 2, 14)),
        ("FROM foo\nMESSAGE badguy hi", ("OLB105", 2, 9)),
        ("FROM foo\nMESSAGE User hi", ("OLB105", 2, 9)),
        ("FROM foo\nMESSAGE tool x", ("OLB105", 2, 9)),
        ("FROM foo\nMESSAGE  user hi", ("OLB106", 2, 9)),
        ("FROM foo\nMESSAGE system", ("OLB103", 2, 9)),
        ("FROM foo\nMESSAGE system\n", ("OLB103", 2, 9)),
        ('FROM foo\nSYSTEM "\n', ("OLB104", 2, 8)),
        ('FROM foo\nSYSTEM """""\n', ("OLB104", 2, 8)),
        ('FROM foo\nSYSTEM """a""\n', ("OLB104", 2, 8)),
        ('FROM foo\nSYSTEM "a" b\nPARAMETER temperature 1\n', ("OLB104", 2, 8)),
        ('FROM foo\nSYSTEM "He said "hi"\nmore"', ("OLB112", 3, 1)),
        ("FROM foo\n\u017fystem x", ("OLB112", 2, 1)),
        ("FROM foo\nSYS\u200bTEM x", ("OLB111", 2, 4)),
        ("FROM foo\nSYSTEM\u00a0x", ("OLB111", 2, 7)),
        ("FROM foo\n\u200b# c", ("OLB111", 2, 1)),
        ("FROM foo\n\u200b\u200bSYSTEM c", ("OLB111", 2, 1)),
        ("FROM foo\n\x1a", ("OLB111", 2, 1)),
    ],
)
def test_a_wrong_line_is_shown_where_it_is(text: str, error: tuple[str, int, int]) -> None:
    assert refused(text) == [error]


def test_one_unprintable_directly_before_a_keyword_is_harmless() -> None:
    assert commands("\u200bFROM x\n \ufeffSYSTEM y") == [("model", "x"), ("system", "y")]


def test_a_span_is_in_the_original_text() -> None:
    modelfile = parse('FROM x\n\u200bSYSTEM  \u200b"a\u00a0b" \n')
    place = modelfile.instructions[1].place
    assert modelfile.instructions[1] == System(text="ab", place=place)
    assert (place.keyword.text, place.value.text, place.span.text) == (
        "SYSTEM",
        '"a\u00a0b"',
        'SYSTEM  \u200b"a\u00a0b"',
    )
