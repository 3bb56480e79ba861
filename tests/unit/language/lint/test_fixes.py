"""What mending makes of a file, byte for byte."""

import pytest

from olbuild.language.lint import Selection, fix, lint

NBSP, ZWJ = "\N{NO-BREAK SPACE}", "\N{ZERO WIDTH JOINER}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("PARAMETER  temperature 0.7\n", "PARAMETER temperature 0.7\n"),
        ("MESSAGE   user hi\nMESSAGE assistant ho\n", "MESSAGE user hi\nMESSAGE assistant ho\n"),
        ("MESSAGE USER hi\nMESSAGE assistant ho\n", "MESSAGE user hi\nMESSAGE assistant ho\n"),
        ("PARAMETER Top_P 0.7\n", "PARAMETER top_p 0.7\n"),
        (f"SYSTEM{NBSP}a\n", "SYSTEM a\n"),
        (f"SYSTEM a{NBSP}b{ZWJ}c\u200bd\n", "SYSTEM a bcd\n"),
        ("PARAMETER mirostat 1\nLICENSE MIT\n", "LICENSE MIT\n"),
        ("LICENSE MIT\nPARAMETER mirostat 1", "LICENSE MIT"),
        ("PARAMETER system a\n", "SYSTEM a\n"),
        ("PARAMETER message user: a\n", "PARAMETER message user: a\n"),
        ("PARAMETER top_k 4 # few\n", "# few\nPARAMETER top_k 4\n"),
        ("RENDERER a#b # c\n", "RENDERER a#b # c\n"),
        ("system\ta\n", "SYSTEM a\n"),
        ("PARAMETER seed 1\nPARAMETER seed 2\nPARAMETER seed 3\n", "PARAMETER seed 3\n"),
        ('SYSTEM """a\nb"""\nSYSTEM c\n', "SYSTEM c\n"),
        ('SYSTEM """a\r\nb\rc"""\n', 'SYSTEM """a\nb\nc"""\n'),
        ("SYSTEM a\r\nLICENSE MIT\r\n", "SYSTEM a\nLICENSE MIT\n"),
        ("SYSTEM \u201ca \u201cb\u201d c\u201d\n", 'SYSTEM "a \u201cb\u201d c"\n'),
        ("SYSTEM '\"a'\n", 'SYSTEM ""a"\n'),
        ('PARAMETER stop ""\nPARAMETER stop a\nPARAMETER stop a\n', "PARAMETER stop a\n"),
    ],
)
def test_a_file(before: str, after: str) -> None:
    head = "FROM llama3.2:3b\n"
    assert fix((head + before).encode()).data.decode() == head + after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_an_encoding_is_kept_unless_its_rule_is_selected(encoding: str) -> None:
    data = "from llama3.2:3b\nSYSTEM é\n".encode(encoding)
    assert fix(data).data == "FROM llama3.2:3b\nSYSTEM é\n".encode()
    kept = fix(data, selection=Selection.of(["OLB306"])).data
    assert kept == "FROM llama3.2:3b\nSYSTEM é\n".encode(encoding)


def test_a_file_with_bytes_that_are_no_text_is_left_alone() -> None:
    data = b"from llama3.2:3b\nSYSTEM fran\xe7ais\n"
    assert fix(data).data == data
    assert [finding.code for finding in lint(data)] == ["OLB306", "OLB303"]


def test_a_run_of_what_cannot_be_seen_is_mended_at_once() -> None:
    assert fix(b"FROM x:1\n" + b"\0" * 100 + b"\nSYSTEM a\n").data == b"FROM x:1\n\nSYSTEM a\n"


def test_many_fixes_are_one_round() -> None:
    many = "".join(f"parameter stop {number:03}\n" for number in range(50))
    mended = fix(f"from x:1\n{many}".encode())
    assert mended.left == ()
    assert mended.data == f"from x:1\n{many}".replace("from", "FROM").replace("parameter", "PARAMETER").encode()
