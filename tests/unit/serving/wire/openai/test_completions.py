"""The old completions."""

import json
from typing import Any

import msgspec
import pytest

from olbuild.core.errors import UsageError
from olbuild.running.requests import Alternative, Complete, Delta, Done, Json, TokenLogprob
from olbuild.serving.wire.openai.completion_answer import TextWriter
from olbuild.serving.wire.openai.completions import CompletionRequest, as_completes
from olbuild.serving.wire.strict import decode

END = Done(finish="length", prompt_tokens=10, tokens=2)


def asked(**fields: Json) -> CompletionRequest:
    return decode(json.dumps({"model": "m", **fields}).encode(), CompletionRequest)


def plain(value: object) -> Json:
    return json.loads(msgspec.json.encode(value))


@pytest.mark.parametrize("prompt", [None, "", []])
def test_no_prompt_asks_for_the_model_only(prompt: object) -> None:
    assert as_completes(asked(prompt=prompt)) == ()


def test_one_prompt_several_and_tokens() -> None:
    assert as_completes(asked(prompt="a", suffix="b")) == (Complete(prompt="a", suffix="b"),)
    assert [each.prompt for each in as_completes(asked(prompt=["a", "b"]))] == ["a", "b"]
    tokens = Complete(prompt="", context=(1, 2), raw=True)
    assert as_completes(asked(prompt=[1, 2])) == (tokens,)
    assert as_completes(asked(prompt=[[1, 2], [1, 2]])) == (tokens, tokens)


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": ["a", ""]},
        {"prompt": ["a", 1]},
        {"prompt": [[]]},
        {"prompt": "a", "best_of": 3},
        {"prompt": "a", "logprobs": 21},
        {"prompt": "a", "logprobs": 1, "echo": True},
        {"prompt": ["a"] * 65},
        {"prompt": ["a"] * 5, "n": 16},
    ],
)
def test_what_is_impossible_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        as_completes(asked(**fields))


def writer(*echoes: str, each: int = 1, logprobs: int | None = None) -> TextWriter:
    return TextWriter("cmpl-1", 5, "m", echoes, each=each, logprobs=logprobs)


def test_a_whole_answer() -> None:
    given = plain(writer("").whole([(Delta(content="I'm"), END)]))
    assert given == {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 5,
        "model": "m",
        "system_fingerprint": "fp_ollama",
        "choices": [{"text": "I'm", "index": 0, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
    }


def test_each_prompt_counts_once() -> None:
    given = writer("a", "b", each=2).whole([(Delta(), END)] * 4)
    assert [choice.text for choice in given.choices] == ["a", "a", "b", "b"]
    assert plain(given.usage) == {"prompt_tokens": 20, "completion_tokens": 8, "total_tokens": 28}


def test_a_stream_begins_with_the_echo() -> None:
    writing = writer("Hi")
    parts = [part for each in (Delta(content="I"), Delta(), Delta(content="x"), END) for part in writing.take(0, each)]
    assert [(part.choices[0].text, part.choices[0].finish_reason) for part in parts] == [
        ("HiI", None),
        ("x", None),
        ("", "length"),
    ]
    assert writing.usage().choices == []


def test_a_stream_without_text_has_the_echo_all_the_same() -> None:
    (part,) = writer("Hi").take(0, END)
    assert part.choices[0].text == "Hi"


def test_log_probabilities_say_where_tokens_begin() -> None:
    token = TokenLogprob(token="ab", data=b"ab", logprob=-1, top=(Alternative(token="c", data=b"c", logprob=-2),))
    writing = writer("", logprobs=1)
    parts = [part for _ in range(2) for part in writing.take(0, Delta(content="ab", logprobs=(token,)))]
    assert plain(parts[1].choices[0].logprobs) == {
        "tokens": ["ab"],
        "token_logprobs": [-1.0],
        "top_logprobs": [{"c": -2.0}],
        "text_offset": [2],
    }


def test_no_prompt_is_answered_as_ollama_does() -> None:
    assert plain(writer().loaded())["choices"] == [{"text": "", "index": 0, "finish_reason": "load"}]
