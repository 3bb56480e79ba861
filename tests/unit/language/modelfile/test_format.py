"""The one form of a Modelfile, line by line."""

import pytest

from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile.format import format_modelfile


def formatted(text: str) -> str:
    return format_modelfile("FROM x\n" + text).removeprefix("FROM x\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from   y", "FROM y\n"),
        ('FROM "./model.gguf"', "FROM ./model.gguf\n"),
        ('FROM "my model"', 'FROM "my model"\n'),
        ('FROM """my model"""', 'FROM """my model"""\n'),
        ("FROM my  model", "FROM my  model\n"),
        ('FROM "a#b"', 'FROM "a#b"\n'),
        ('FROM "--file=x"', 'FROM "--file=x"\n'),
        ("FROM ", 'FROM ""\n'),
        ('parameter temperature    "0.70" ', "PARAMETER temperature 0.70\n"),
        ('parameter top_k """40"""', "PARAMETER top_k 40\n"),
        ('PARAMETER stop "User:"', 'PARAMETER stop "User:"\n'),
        ("PARAMETER stop   User:  ", "PARAMETER stop User:\n"),
        ('PARAMETER stop """x"""', 'PARAMETER stop "x"\n'),
        ('PARAMETER stop "\n"', 'PARAMETER stop """\n"""\n'),
        ('PARAMETER stop ""', 'PARAMETER stop ""\n'),
        ('PARAMETER stop """"""', 'PARAMETER stop ""\n'),
        ("PARAMETER system  be  kind", "PARAMETER system be  kind\n"),
        ("system Be brief.", "SYSTEM Be brief.\n"),
        ('SYSTEM "a\nb"', 'SYSTEM """a\nb"""\n'),
        ('SYSTEM "He says "hi" to me."', 'SYSTEM """He says "hi" to me."""\n'),
        ('SYSTEM "He says "hi""', 'SYSTEM "He says "hi""\n'),
        ('SYSTEM """a "quoted""""', 'SYSTEM """a "quoted""""\n'),
        ('SYSTEM "a\n""" b"', 'SYSTEM """a\n""" b"""\n'),
        ('SYSTEM """ a\r\n\tb \n"""  ', 'SYSTEM """ a\r\n\tb \n"""\n'),
        ("SYSTEM   Be\u00a0brief. ", "SYSTEM Be\u00a0brief.\n"),
        ('SYSTEM  \u200b"""Be brief."""', 'SYSTEM \u200b"""Be brief."""\n'),
        ("message user   hi", "MESSAGE user hi\n"),
        ("MESSAGE user ", 'MESSAGE user ""\n'),
        ("  # a\tb  ", "# a\tb\n"),
        ("#!a\n#\n", "#!a\n#\n"),
    ],
)
def test_a_line(before: str, after: str) -> None:
    assert formatted(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n\nFROM x\n\n\n\n# c\n\n\nSYSTEM a\nSYSTEM b", "FROM x\n\n# c\n\nSYSTEM a\nSYSTEM b\n"),
        ("FROM x\r\nSYSTEM a\r\n\r\nSYSTEM b\r\n", "FROM x\nSYSTEM a\n\nSYSTEM b\n"),
        ("FROM x\rSYSTEM a\r\rSYSTEM b", "FROM x\nSYSTEM a\n\nSYSTEM b\n"),
        ("FROM x   \n  \t \n\n", "FROM x\n"),
    ],
)
def test_lines_and_groups(before: str, after: str) -> None:
    assert format_modelfile(before) == after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_encoding_becomes_utf_8(encoding: str) -> None:
    assert format_modelfile("FROM x\nSYSTEM é\n".encode(encoding)) == "FROM x\nSYSTEM é\n"


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("from  ./a b.gguf \t as  s", "FROM ./a b.gguf AS s"),
        ('FROM "x as s"', 'FROM "x as s"'),
        ("unset  parameter \t stop", "UNSET PARAMETER stop"),
        ('arg  a="b"', "ARG a=b"),
        ('ARG a="b c"', 'ARG a="b c"'),
        ("ARG a", "ARG a"),
        ("label k=v  w", "LABEL k=v  w"),
        ('system   --file="a.md"', "SYSTEM --file=a.md"),
        ('SYSTEM --file="a b.md"', 'SYSTEM --file="a b.md"'),
        ('SYSTEM "--file=a.md"', 'SYSTEM "--file=a.md"'),
        ('test  --contains="a"\t--max-tokens=3   "b"', 'TEST --contains=a --max-tokens=3 "b"'),
        ('TEST --matches=(?i)"a" """b\nc"""', 'TEST --matches=(?i)"a" """b\nc"""'),
        ("MESSAGE --file=m", "MESSAGE --file=m"),
        ("quantize   Q4_0", "QUANTIZE Q4_0"),
        ('ADAPTER --scale="0.5"   "./x"', "ADAPTER --scale=0.5 ./x"),
    ],
)
def test_the_form_of_what_olbuild_adds(written: str, form: str) -> None:
    assert format_modelfile(f"FROM x\n{written}\n") == f"FROM x\n{form}\n"


def test_a_file_that_others_include_has_the_form_too() -> None:
    assert format_modelfile("system  x\n") == "SYSTEM x\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"FROM x\nSYSTM a\n", "OLB101"),
        (b"FROM x\nPARAMETER temprature 1\n", "OLB102"),
        (b"FROM x\nPARAMETER num_ctx 8k\n", "OLB109"),
        (b"FROM x\nPARAMETER  num_ctx 8\n", "OLB106"),
        (b"FROM x\nSYSTEM fran\xe7ais\n", "OLB303"),
    ],
)
def test_a_file_with_errors_is_left_alone(data: bytes, code: str) -> None:
    with pytest.raises(ModelfileError) as refused:
        format_modelfile(data)
    assert refused.value.diagnostics[0].code == code
