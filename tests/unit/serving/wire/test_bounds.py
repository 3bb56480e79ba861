"""How much JSON a request may be."""

import time

import msgspec
import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.binding import read
from olbuild.serving.wire.bounds import require_few_values
from olbuild.serving.wire.ollama import ChatRequest
from olbuild.serving.wire.openai.chat import ChatRequest as OpenAIChatRequest
from olbuild.serving.wire.strict import decode

MANY = b"{}," * 2_000_000 + b"{}"


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"1," * 600_000 + b"1]",
        b"[" + b"[]," * 300_000 + b"[]]",
        b"[" + b'"",' * 600_000 + b'""]',
        b'"' + b"," * 600_000 + b'"' + b'""' * 600_000,
    ],
    ids=["numbers", "lists", "texts", "what is no JSON"],
)
def test_too_many_values(body: bytes) -> None:
    with pytest.raises(UsageError, match="more than 524288 values"):
        require_few_values(body)


@pytest.mark.parametrize(
    "text", [b"," * 9_000_000, b'\\"{,' * 2_000_000, b"{" * 9_000_000 + b"\\\\"], ids=["commas", "quotes", "braces"]
)
def test_a_long_text_is_one_value(text: bytes) -> None:
    require_few_values(b'{"prompt": "' + text + b'"}')


@pytest.mark.parametrize("body", [b'"' + b"," * 9_000_000, b'"' + b",\\" * 4_000_000, b"," * 520_000 + b'"\\' * 999])
def test_a_text_without_end_takes_no_time(body: bytes) -> None:
    begun = time.process_time()
    require_few_values(body)
    assert time.process_time() < begun + 5  # seconds; it would be hours if each beginning were tried


def test_both_ways_of_reading_refuse_them() -> None:
    for name in (b"tools", b"unknown"):
        body = b'{"model": "x", "messages": [], "%s": [%s]}' % (name, MANY)
        with pytest.raises(UsageError, match="values"):
            read(body, ChatRequest)
        with pytest.raises(UsageError, match="values"):
            decode(body, OpenAIChatRequest)


def test_a_number_that_is_no_float() -> None:
    class Wide(msgspec.Struct):
        wide: float = 0.0

    with pytest.raises(UsageError, match="cannot unmarshal number"):
        read(b'{"wide": 1%s}' % (b"0" * 400), Wide)
