"""GBNF: what llama.cpp's grammars mean, clear errors, and bounds for hostile grammars."""

import random
import re

import pytest

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.constraints.maker import Constraints
from olbuild.running.jobs import Constraint
from olbuild.running.requests import Grammar
from tests.unit.running.constraints.words import CONTROL, Words, bits, may_end, speak, takes, write

WORDS = Words()
CONSTRAINTS = Constraints(WORDS)
ARITHMETIC = r"""
# From llama.cpp's examples.
root  ::= (expr "=" ws term "\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9]* ws  # with a comment
num   ::= [0-9]+ ws
ws    ::= [ \t\n]*
"""


def gbnf(text: str) -> Constraint:
    return CONSTRAINTS.make(Grammar(kind="gbnf", text=text))


@pytest.mark.parametrize(
    ("grammar", "right", "wrong"),
    [
        ('root ::= "ab" | "c"', ["ab", "c"], ["", "a", "abc", "cc"]),
        ('root ::= "ab"*', ["", "ab", "abab"], ["a", "aba"]),
        ('root ::= "ab"+', ["ab", "abab"], [""]),
        ('root ::= "a"? "b"', ["b", "ab"], ["aab"]),
        ('root ::= ("a" | "b"){2,3}', ["ab", "bab"], ["a", "abab"]),
        ("root ::= [0-9]{2}", ["42"], ["4", "421"]),
        ('root ::= "x"{2,}', ["xx", "xxxxx"], ["x"]),
        ('root ::= [^"\\\\\\n]*', ["", "abc é€😀"], ['a"', "a\\", "\n"]),
        ("root ::= [a\\-z\\]]+ [-]", ["a-z]-"], ["b-"]),
        ('root ::= "\\x41\\u00e9\\U0001F600\\t"', ["Aé😀\t"], ["Ae"]),
        ("root ::= [\\u0430-\\u044f]+", ["привет"], ["hello", "ё"]),
        ("root ::= .", ["a", "€", "😀", "\n"], ["", "ab"]),
        ('root ::= first | second\nfirst ::= "a"\n\nsecond ::=\n  "b" |\n  "c"', ["a", "b", "c"], ["ab"]),
        ('root ::= "(" root ")" | ""', ["", "()", "((()))"], ["(", "())"]),
        (ARITHMETIC, ["a=1\n", "(x1+2)*3= y\n\nz=0\n"], ["a=1", "=1\n", "a=(1\n"]),
    ],
)
def test_what_a_grammar_means(grammar: str, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not takes(gbnf(grammar), WORDS, text)] == []
    assert [text for text in wrong if takes(gbnf(grammar), WORDS, text)] == []


@pytest.mark.parametrize(
    ("grammar", "words"),
    [
        ("", "has no rule root"),
        ('start ::= "a"', "has no rule root"),
        ("root ::= other", "has no rule other"),
        ("root", "line 1, column 5: ::= is missing"),
        ('root ::= "a"\nb ::= "', "line 2, column 8: a character is missing"),
        ("root ::= [a", "a character is missing"),
        ('root ::= ("a"', "line 1, column 14: ) is missing"),
        ('root ::= "a" )', "a new line is missing"),
        ("root ::= *", "nothing before * that could be repeated"),
        ('root ::= "a"{x}', "a number of times such as {2,3} is missing"),
        ('root ::= "\\q"', r"\q is no escape"),
        ("root ::= <|no_such|>", "is not one token of this model"),
        ('root ::= root "a" | "a"', "rule root of the GBNF grammar begins with itself"),
        ('root ::= a\na ::= b "x"\nb ::= "y"? a', "begins with itself"),
        ('root ::= "a"{2001}', "repeated more than 2000 times"),
        ("root ::= " + '"ab"{2000} ' * 20, "more than 50000 elements"),
        ("root ::= " + "(" * 60 + '"a"' + ")" * 60, "nested deeper than 50 levels"),
        ("root ::= " + '"a" ' * 20_000, "larger than 64 KiB"),
    ],
)
def test_a_wrong_grammar_is_an_error_that_says_where(grammar: str, words: str) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        gbnf(grammar)


def test_tokens_are_meant_by_number_or_by_name() -> None:
    tool = WORDS.first_control + 1
    for written in (f"<[{tool}]>", "<|im_start|>"):
        token = tool if "[" in written else tool - 1
        constraint = gbnf(f'root ::= {written} "a"')
        assert bits(constraint.mask(), WORDS.size) == {token}
        constraint.accept(token)
        assert takes(constraint, WORDS, "a")
    other = gbnf(f'root ::= !<[{ord("a")}]> "b" | "ac"')
    assert bits(other.mask(), WORDS.size) == set(range(WORDS.size - 2)) - {WORDS.pieces.index(b"ab")} | {256 + 11}
    assert takes(other, WORDS, "ac")


def test_control_tokens_are_no_text() -> None:
    constraint = gbnf("root ::= .*")
    allowed = bits(constraint.mask(), WORDS.size)
    assert not allowed & set(range(WORDS.first_control, WORDS.first_control + len(CONTROL)))
    assert {WORDS.size - 2, WORDS.size - 1} <= allowed
    # A lone byte that continues no character is not allowed, one that begins one is.
    assert 0x80 not in allowed
    assert 0xE2 in allowed


def test_mask_and_single_answers_agree_on_every_token() -> None:
    chance = random.Random(3)  # noqa: S311 - a test that can be repeated
    for _ in range(5):
        constraint = gbnf(ARITHMETIC)
        for _ in range(30):
            allowed = bits(constraint.mask(), WORDS.size)
            assert allowed == {token for token in range(WORDS.size) if constraint.allows(token)}
            token = chance.choice(sorted(allowed))
            if WORDS.ends(token):
                break
            constraint.accept(token)


@pytest.mark.parametrize("seed", range(10))
def test_what_random_tokens_say_fits(seed: int) -> None:
    said = speak(gbnf(ARITHMETIC), WORDS, random.Random(seed))  # noqa: S311 - a test that can be repeated
    assert said is None or takes(gbnf(ARITHMETIC), WORDS, said)


def test_a_character_of_several_tokens_is_followed() -> None:
    constraint = gbnf('root ::= "€" "x"')
    assert bits(constraint.mask(), WORDS.size) == {0xE2}
    constraint.accept(0xE2)
    assert not may_end(constraint, WORDS)
    assert bits(constraint.mask(), WORDS.size) == {0x82}
    assert takes(constraint, WORDS, "") is False
    for byte in (0x82, 0xAC, ord("x")):
        constraint.accept(byte)
    assert constraint.finished


@pytest.mark.parametrize(
    "grammar",
    [
        'root ::= "a" root "b" | "a" root "c" | ""',  # twice as many ways with each letter
        "root ::= " + " ".join('"a"?' for _ in range(3000)),
        "\n".join(f'r{n} ::= r{n + 1} "x"' for n in range(2500)).replace("r0 ", "root ", 1) + '\nr2500 ::= "a"',
        "root ::= "
        + " ".join(f"r{n}" for n in range(2000))
        + "\n"
        + "\n".join(f'r{n} ::= "" | "a"' for n in range(2000)),
        'root ::= x x x x x x x x\nx ::= (("a"?){50}){20}',
        "\n".join(f"r{n} ::= r{n + 1} | r{n + 1}" for n in range(500)).replace("r0 ", "root ") + '\nr500 ::= "a" root',
    ],
    ids=range(6),
)
def test_a_grammar_with_too_many_ways_ends_the_answer(grammar: str) -> None:
    """Never by hanging: work is counted, not timed."""
    try:
        constraint = gbnf(grammar)
        for _ in range(200):
            constraint.mask()
            if not constraint.allows(ord("a")):
                break
            constraint.accept(ord("a"))
    except (EngineError, UsageError) as error:
        assert "too many ways" in error.message  # noqa: PT017 - either way is right


def test_a_token_that_is_not_allowed_is_an_error() -> None:
    with pytest.raises(EngineError, match="does not allow the token 98 here"):
        gbnf('root ::= "a"').accept(ord("b"))
    assert write(gbnf('root ::= "ab"'), "abc") == "c"
