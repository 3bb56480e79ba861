"""Expressions of RE2: what is taken, and that none takes long."""

import time

import pytest

from olbuild.language.expectations import Regex, validate_regex


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("Paris", "It is Paris.", True),
        ("^Paris", "It is Paris.", False),
        (r"(?i)PARIS\b", "in paris!", True),
        (r"\d{2,4}", "zebra-41", True),
        ("ü+$", "Grüü", True),
        ("(?m)^b$", "a\nb\nc", True),
        ("^b$", "a\nb\nc", False),
        ("", "", True),
    ],
)
def test_it_matches_anywhere(text: str, answer: str, found: bool) -> None:  # noqa: FBT001
    assert Regex(text).is_in(answer) is found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(", "missing \\)"),
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("a{1001}", "invalid repetition size"),
        ("((a{500}){500}){500}", "invalid repetition size|too large"),
        ("[\\pL\\pN]{1,100}" * 50, "too large"),
        ("a" * 4097, "has 4097 characters"),
        ("a\ud800", "not valid Unicode"),
    ],
)
def test_what_is_no_expression_says_why(text: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=reason):
        validate_regex(text)
    assert capfd.readouterr() == ("", "")  # RE2 would log


@pytest.mark.parametrize("text", ["(a+)+$", "(a|aa)+$", "(.*)*b", "(a|a?)+$", "(x+x+)+y", "(.?){300}z"])
def test_no_expression_hangs(text: str) -> None:
    begin = time.perf_counter()
    Regex(text).is_in("a" * 20_000 + "!")
    assert time.perf_counter() - begin < 10
