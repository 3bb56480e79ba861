"""Constraints over the vocabulary of a real model: what random tokens say is valid, whatever the tokens are."""

import json
import random
import re
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from olbuild.running.constraints.maker import Constraints
from olbuild.running.constraints.tokens import llguidance_tokenizer
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.jobs import Constraint
from olbuild.running.requests import Grammar
from olbuild.running.runtime import load_runtime
from olbuild.testing.runnable import write_runnable_model

PERSON: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "mail": {"type": "string", "pattern": "^[a-z]{1,8}@[a-z]{1,8}\\.com$"},
        "tags": {"type": "array", "items": {"enum": ["red", "green", None, 7]}, "minItems": 1, "maxItems": 3},
        "friend": {"anyOf": [{"type": "null"}, {"$ref": "#"}]},
        "born": {"type": "string", "format": "date"},
    },
    "required": ["name", "age", "tags", "born"],
}
LETTERS = re.compile(rb"[ -~]*")


def tokens(mask: bytes | None, size: int) -> list[int]:
    assert mask is not None
    return list(map(int, np.flatnonzero(np.unpackbits(np.frombuffer(mask, np.uint8), count=size, bitorder="little"))))


def speak(constraint: Constraint, vocabulary: Vocabulary, chance: random.Random) -> bytes:
    """Say something with random tokens, short ones more often, so that it comes to an end."""
    said = b""
    for _ in range(600):
        allowed = tokens(constraint.mask(), vocabulary.size)
        few = chance.choices(allowed, k=8)
        token = min(few, key=lambda token: (not vocabulary.ends(token), len(vocabulary.piece(token)), token))
        if vocabulary.ends(token):
            return said
        assert vocabulary.piece(token)
        assert constraint.allows(token)
        constraint.accept(token)
        said += vocabulary.piece(token)
        if constraint.finished:
            return said
    pytest.skip("this chance does not come to an end")


@pytest.mark.parametrize("seed", range(8))
def test_a_schema_is_kept(constraints: Constraints, vocabulary: Vocabulary, seed: int) -> None:
    constraint = constraints.make(Grammar(kind="json_schema", text=json.dumps(PERSON)))
    said = speak(constraint, vocabulary, random.Random(seed))  # noqa: S311 - a test that can be repeated
    said = said.replace(b'"0000-', b'"2000-')  # RFC 3339 has a year 0, and Python's dates have none
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(PERSON, format_checker=checker).validate(json.loads(said))


@pytest.mark.parametrize("seed", range(8))
def test_an_expression_is_kept(constraints: Constraints, vocabulary: Vocabulary, seed: int) -> None:
    pattern = "(?:[A-Z][a-z]{1,8} ){2,4}[0-9]{3}"
    constraint = constraints.make(Grammar(kind="regex", text=pattern))
    said = speak(constraint, vocabulary, random.Random(seed))  # noqa: S311 - a test that can be repeated
    assert re.fullmatch(pattern, said.decode())


def test_the_usual_tokens_are_allowed_all_the_way(constraints: Constraints, vocabulary: Vocabulary) -> None:
    """What is fixed may be written in the tokens that the model was trained with, and the mask says so, too."""
    text = '{"name": "Ann", "age": 31, "tags": ["green", 7], "friend": null, "born": "2001-02-03"}'
    constraint = constraints.make(Grammar(kind="json_schema", text=json.dumps(PERSON)))
    for token in vocabulary.tokenize(text, add_bos=False, special=False):
        assert constraint.allows(token)
        assert token in tokens(constraint.mask(), vocabulary.size)
        constraint.accept(token)
    assert constraint.finished


def test_forced_text_is_cut_as_the_model_would_cut_it(vocabulary: Vocabulary) -> None:
    tokenizer = llguidance_tokenizer(vocabulary)
    for text in ("hello world", '{"name": "', " é 😀\n", "x"):
        assert tuple(tokenizer.tokenize_str(text)) == vocabulary.tokenize(text, add_bos=False, special=False)


def test_a_vocabulary_that_puts_a_blank_in_front_is_followed(tmp_path: Path) -> None:
    runtime = load_runtime([write_runnable_model(tmp_path / "model.gguf")])
    try:
        constraint = runtime.constraint(Grammar(kind="regex", text="hello [0-9]"))
        text = b""
        while not constraint.finished:
            found = int.from_bytes(constraint.mask() or b"", "little")
            token = (found & -found).bit_length() - 1
            constraint.accept(token)
            text += runtime.piece(token)
        assert text == b"hello 0"
    finally:
        runtime.close()
