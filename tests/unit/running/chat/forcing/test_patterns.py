"""Patterns of ECMA-262 as llguidance has them: what Python finds too, where both mean the same."""

import re

import pytest

from olbuild.running.chat.forcing.patterns import searched
from olbuild.running.constraints.maker import Constraints
from olbuild.running.requests import Grammar
from tests.unit.running.constraints.words import Words, takes

pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")

WORDS = Words()
CONSTRAINTS = Constraints(WORDS)
TEXTS = [
    "",
    "a",
    "b",
    "ab",
    "ba",
    "abc",
    "12",
    "x12",
    "a-b",
    "a b",
    "a\nb",
    "]",
    "/",
    '"',
    "é",
    "aaa",
    "{1}",
    "A_1",
    "$",
    "^",
]


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "a", "^a", "a$", "^a$", "^$", "a|^b$", "^(a|b)+$", "^(?:a|b)*?c$", "a{2}", "^a{1,2}$", "^x?\\d+$", "\\W"),
        *(
            "[]/]",
            "^[^a-c]+$",
            "^[a-]+$",
            "[-b]$",
            "\\s",
            "^\\w+$",
            "^.$",
            '["/]',
            "\\{\\d\\}",
            "^[\\w-]+$",
            "\\$|\\^",
            "é",
        ),
        *("\\u0061$", "\\x62", "a|b|c", "^\\S+$"),
    ],
)
def test_a_pattern_is_found_where_python_finds_it(pattern: str) -> None:
    found = searched(pattern)
    if pattern == "[]/]":  # an empty set and more in ECMA-262
        assert found is None
        return
    assert found is not None
    for text in TEXTS:
        constraint = CONSTRAINTS.make(Grammar(kind="lark", text=f"start: T\nT: /{found}/"))
        assert takes(constraint, WORDS, text) == (re.search(pattern, text, re.ASCII) is not None), (pattern, text)


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?<n>a)", "\\bfoo", "a^b", "a$b", "(^a)", "\\1", "\\p{L}", "(a", "a)", "[a", "[]", "[\\W]", "\\ud800"],
)
def test_what_cannot_be_said_is_nothing(pattern: str) -> None:
    assert searched(pattern) is None
