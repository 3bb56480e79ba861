"""Judging answers: what passes, and what is said about what does not."""

import json
import time

import pytest

from olbuild.artifact.bundle import Test
from olbuild.building.trials import Requirements, prepare
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError

P = "What?"
NO_JSON = "the answer is not valid JSON: Expecting value: line 1 column 1 (char 0)"
PERSON: dict[str, Json] = {"type": "object", "required": ["name"]}


@pytest.mark.parametrize(
    ("test", "answer", "refusals"),
    [
        (Test(prompt=P, contains=("Paris",)), "It is Paris.", ()),
        (Test(prompt=P, contains=("paris",)), "It is Paris.", ("the answer does not contain 'paris'",)),
        (Test(prompt=P, not_contains=("London", "Rome")), "Rome", ("the answer contains 'Rome'",)),
        (Test(prompt=P, not_contains=("London",)), "", ()),
        (Test(prompt=P, matches=("^a", "b$")), "a or b", ()),
        (Test(prompt=P, matches=("^b",)), "a b", ("nothing in the answer matches '^b'",)),
        (Test(prompt=P, json_schema=PERSON), '{"name": 1}', ()),
        (Test(prompt=P, json_schema=PERSON), "{}", ("$: 'name' is a required property",)),
        (Test(prompt=P, json_schema=True), "no", (NO_JSON,)),
        (Test(prompt=P, json_schema=False), "1", ("$: False schema does not allow 1",)),
        (Test(prompt=P), "something", ()),
        (Test(prompt=P), " \n", ("the answer is blank",)),
        (
            Test(prompt=P, contains=("x",), not_contains=("a",), matches=("y",)),
            "a",
            ("the answer does not contain 'x'", "the answer contains 'a'", "nothing in the answer matches 'y'"),
        ),
        (Test(prompt=P, contains=("x" * 500,)), "", (f"the answer does not contain '{'x' * 100}…'",)),
    ],
)  # fmt: skip
def test_an_answer_is_judged(test: Test, answer: str, refusals: tuple[str, ...]) -> None:
    assert Requirements(test, "here").refusals(answer) == refusals


def test_control_characters_of_a_requirement_are_escaped() -> None:
    (refusal,) = Requirements(Test(prompt=P, contains=("\x1b[2J",)), "here").refusals("a")
    assert refusal == r"the answer does not contain '\x1b[2J'"


@pytest.mark.parametrize(
    ("test", "reason"),
    [
        (Test(prompt=P, name="n", matches=("(",)), r"^me/a: test 2 \(n\): '\(' is no regular expression: missing"),
        (
            Test(prompt=P, json_schema={"type": 1}),
            r"^me/a: test 2 \(What\?\): the JSON schema cannot be used: \$",
        ),
        (Test(prompt=P, json_schema={"$ref": "https://x.example/y"}), "nothing outside of it is read"),
    ],
)
def test_what_cannot_be_used_says_which_test(test: Test, reason: str) -> None:
    """Also when it comes from a foreign artifact: the format leaves expressions and schemas alone."""
    with pytest.raises(FormatError, match=reason):
        prepare((Test(prompt="fine"), test), "me/a")


def test_a_thousand_tests_are_judged_quickly() -> None:
    tests = [Test(prompt=P, matches=("(a+)+$", f"x{number}"), json_schema=PERSON) for number in range(1000)]
    begin = time.perf_counter()
    for trial in prepare(tests, "me/a"):
        assert len(trial.requirements.refusals(json.dumps({"name": "a" * 1000}) + " ")) == 2
    assert time.perf_counter() - begin < 60


def test_a_long_prompt_has_a_short_label() -> None:
    (trial,) = prepare((Test(prompt="a\n b " * 1000),), "me/a")
    assert trial.label == ("a b " * 100)[:60] + "…"
