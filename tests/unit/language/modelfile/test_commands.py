"""Printing as Ollama prints: raw FROM, quotes only where a value would fall apart."""

import pytest

from olbuild.language.modelfile import format_command, format_commands, parse


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ('FROM " x"', "FROM  x"),
        ('SYSTEM " x"', 'SYSTEM " x"'),
        ('SYSTEM "x "', 'SYSTEM "x "'),
        ('SYSTEM """a\nb"""', 'SYSTEM "a\nb"'),
        ('SYSTEM """a\n"b" c"""', 'SYSTEM """a\n"b" c"""'),
        ('SYSTEM "a\rb"', "SYSTEM a\rb"),
        ("SYSTEM ", "SYSTEM "),
        ('LICENSE """"hi" and "bye""""', 'LICENSE "hi" and "bye"'),
        ('PARAMETER stop "### User: "', 'PARAMETER stop "### User: "'),
        ("PARAMETER  x 1", "PARAMETER  x 1"),
        ("PARAMETER system x", "SYSTEM x"),
        ("PARAMETER message hi", "MESSAGE hi "),
        ("message user \ta: b", "MESSAGE user a: b"),
        ("requires 1", "REQUIRES 1"),
    ],
)
def test_one_command(text: str, printed: str) -> None:
    assert format_command(parse(f"{text}\nFROM x").instructions[0]) == printed


def test_a_file_is_printed_without_its_comments() -> None:
    assert format_commands(parse("# c\n\nfrom  x\n system y # z")) == "FROM x\nSYSTEM y # z\n"
