"""What llguidance lets pass: whole answers, ends exactly where the grammar has them, bounds for hostile grammars."""

import json
import random
import re

import pytest

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.constraints.maker import Constraints
from olbuild.running.jobs import Constraint
from olbuild.running.requests import Grammar
from tests.unit.running.constraints.words import Words, bits, may_end, speak, takes, write

pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")
WORDS = Words()
CONSTRAINTS = Constraints(WORDS)


def regex(text: str) -> Constraint:
    return CONSTRAINTS.make(Grammar(kind="regex", text=text))


def lark(text: str) -> Constraint:
    return CONSTRAINTS.make(Grammar(kind="lark", text=text))


def schema(value: object) -> Constraint:
    return CONSTRAINTS.make(Grammar(kind="json_schema", text=json.dumps(value)))


@pytest.mark.parametrize(
    "text", ["{}", '{"a": 1}', '{\n  "a": [1, 2.5e3, null, true, "x\\n"],\n  "b": {}\n}', '{"é":"\\n"}']
)
def test_json_is_any_object(text: str) -> None:
    assert takes(CONSTRAINTS.make(Grammar(kind="json")), WORDS, text)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "1",
        '"a"',
        " {}",
        "{} ",
        "{a: 1}",
        "{'a': 1}",
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"a": 01}',
        '{"a": 1,}',
    ],
)
def test_json_is_nothing_else(text: str) -> None:
    assert not takes(CONSTRAINTS.make(Grammar(kind="json")), WORDS, text)


def test_blanks_come_to_an_end() -> None:
    for blank in (" ", "\n", "\t"):
        constraint = CONSTRAINTS.make(Grammar(kind="json"))
        assert write(constraint, "{" + blank * 100)
    indented = CONSTRAINTS.make(Grammar(kind="json"))
    assert not write(indented, "{\r\n" + " " * 40 + '"a": 1}')


def test_the_end_is_allowed_exactly_where_the_grammar_ends() -> None:
    constraint = regex("ab?")
    ends = {WORDS.size - 2, WORDS.size - 1}
    assert not may_end(constraint, WORDS)
    assert not bits(constraint.mask(), WORDS.size) & ends
    constraint.accept(ord("a"))
    assert may_end(constraint, WORDS)
    assert bits(constraint.mask(), WORDS.size) == {ord("b"), *ends}
    assert not constraint.finished
    constraint.accept(ord("b"))
    assert constraint.finished
    assert may_end(constraint, WORDS)
    assert bits(constraint.mask(), WORDS.size) == ends


def test_two_answers_to_one_grammar_do_not_meet() -> None:
    one, other = regex("ab"), regex("ab")
    one.accept(ord("a"))
    assert one.allows(ord("b"))
    assert not other.allows(ord("b"))


def test_a_token_that_is_not_allowed_is_an_error() -> None:
    constraint = regex("ab")
    with pytest.raises(EngineError, match="grammar"):
        constraint.accept(ord("b"))


def test_mask_and_single_answers_agree() -> None:
    chance = random.Random(7)  # noqa: S311 - a test that can be repeated
    constraint = schema({"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}, "required": ["a"]})
    for _ in range(12):
        allowed = bits(constraint.mask(), WORDS.size)
        # A mask may leave out spellings that the model would not choose; what it has is always allowed.
        assert all(constraint.allows(token) for token in allowed)
        token = chance.choice(sorted(allowed))
        if WORDS.ends(token) or constraint.finished:
            break
        constraint.accept(token)


@pytest.mark.parametrize("seed", range(20))
def test_what_random_tokens_say_fits_the_expression(seed: int) -> None:
    pattern = r"(?:[a-c]{2,5}-)?[0-9]{1,3}(\.[0-9]+)?"
    said = speak(regex(pattern), WORDS, random.Random(seed))  # noqa: S311 - a test that can be repeated
    assert said is None or re.fullmatch(pattern, said)


def test_lark_knows_control_tokens_by_their_text() -> None:
    constraint = lark('start: <{"[TOOL_CALLS]"}> "a" <{"[NO_SUCH]"}>')
    assert bits(constraint.mask(), WORDS.size) == {WORDS.first_control + 1}
    constraint.accept(WORDS.first_control + 1)
    assert takes(constraint, WORDS, "a[NO_SUCH]")


def test_control_tokens_are_no_text() -> None:
    constraint = regex("(?s:.*)")
    assert not bits(constraint.mask(), WORDS.size) & {WORDS.first_control, WORDS.first_control + 1}
    assert not constraint.allows(WORDS.first_control)


@pytest.mark.parametrize(
    ("make", "text", "words"),
    [
        (regex, "(a", "regular expression cannot be used: .*unclosed group"),
        (regex, "(?=a)b", "look-around"),
        (regex, "a" * 70_000, "larger than 64 KiB"),
        (regex, "(" * 20_000 + "a" + ")" * 20_000, "regular expression cannot be used"),
        (lark, "start: x", 'unknown name: "x"'),
        (lark, "", "Lark grammar cannot be used: Empty grammar"),
        (lark, "start: " + "(" * 20_000 + '"a"' + ")" * 20_000, "too deeply nested"),
        (
            lark,
            "start: a0\n" + "".join(f"a{i}: a{i + 1}\n" for i in range(3000)) + 'a3000: "x"',
            "more than 1000 rules",
        ),
        (lark, "start: A0\n" + "".join(f"A{i}: A{i + 1} A{i + 1}\n" for i in range(60)) + 'A60: "x"', "too big"),
    ],
    ids=range(9),
)
def test_a_wrong_or_hostile_grammar_is_an_error(make: object, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        make(text)  # type: ignore[operator]
    assert len(caught.value.message) < 600


def test_a_grammar_that_grows_too_large_ends_the_answer() -> None:
    constraint = regex("((a{1,100}){1,100}){1,100}")
    with pytest.raises(EngineError, match="cannot be followed further: lexer error") as caught:  # noqa: PT012 - which token
        for _ in range(100):
            constraint.mask()
            constraint.accept(ord("a"))
    assert caught.value.hint


@pytest.mark.parametrize("text", ["a{1,1000000}", "(a|b)*a(a|b){30}", ".*a.{100}"])
def test_an_endless_repetition_stays_bounded(text: str) -> None:
    constraint = regex(text)
    for _ in range(30):
        constraint.mask()
        constraint.accept(ord("a"))


def test_what_is_forced_comes_as_the_tokens_of_the_vocabulary() -> None:
    constraint = schema({"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]})
    assert write(constraint, "{") == ""
    text = b"".join(map(WORDS.piece, constraint.forced()))
    assert text
    assert b'"name":'.startswith(text)
    for token in constraint.forced():
        assert constraint.allows(token)
        constraint.accept(token)
    assert regex("a|b").forced() == []


def test_a_forced_text_is_cut_as_the_model_does_it_as_far_as_it_matters() -> None:
    """Each mask has it cut anew, and it may be as long as a grammar: the work must not be that of all of it."""
    words = Words()
    asked: list[int] = []
    cut = words.tokenize

    def counting(text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        asked.append(len(text))
        return cut(text, add_bos=add_bos, special=special)

    words.tokenize = counting  # type: ignore[method-assign]
    text = '"é' + "name" * 20_000
    constraint = Constraints(words).make(Grammar(kind="lark", text=f"start: {json.dumps(text)}"))
    tokens = constraint.forced()
    front = cut(text[:98])
    assert tokens[: len(front)] == list(front)
    assert b"".join(map(words.piece, tokens)).startswith(text.encode()[:-8])
    assert max(asked) < 1000
    for token in tokens[:40]:
        assert constraint.allows(token)
        constraint.accept(token)
