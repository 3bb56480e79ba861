"""Embeddings of the OpenAI API."""

import json
import struct
from typing import Any

import msgspec
import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Embed, Embeddings, Json
from olbuild.serving.wire.openai.embeddings import EmbeddingRequest, as_embed, embedding_list
from olbuild.serving.wire.strict import decode


def asked(**fields: Json) -> EmbeddingRequest:
    return decode(json.dumps(fields).encode(), EmbeddingRequest)


@pytest.mark.parametrize(
    ("given", "inputs"),
    [
        ("x", ("x",)),
        ("", ("",)),
        (["x", "y"], ("x", "y")),
        ([1, 2], ((1, 2),)),
        ([[1, 2], [3]], ((1, 2), (3,))),
    ],
)
def test_inputs(given: object, inputs: tuple[str | tuple[int, ...], ...]) -> None:
    assert as_embed(asked(input=given)) == Embed(inputs=inputs, truncate=False)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "invalid input"),
        ({"input": []}, "invalid input"),
        ({"input": ["a", 1]}, "invalid input"),
        ({"input": [[]]}, "invalid input"),
        ({"input": ["a"] * 2049}, "2048"),
        (
            {"input": "x", "encoding_format": "zz"},
            "Invalid value for 'encoding_format' = zz. Supported values: ['float', 'base64'].",
        ),
    ],
)
def test_what_is_impossible_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        as_embed(asked(**fields))
    assert words in caught.value.message


def test_the_answer() -> None:
    found = Embeddings(vectors=(struct.pack("<2f", 1, 0.5),), prompt_tokens=3)
    assert json.loads(msgspec.json.encode(embedding_list("m", found, None))) == {
        "object": "list",
        "data": [{"object": "embedding", "embedding": [1.0, 0.5], "index": 0}],
        "model": "m",
        "usage": {"prompt_tokens": 3, "total_tokens": 3},
    }
    assert embedding_list("m", found, "base64").data[0].embedding == "AACAPwAAAD8="
