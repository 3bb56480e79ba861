"""Reading requests strictly."""

import pytest

from olbuild.core.errors import UsageError
from olbuild.serving.wire.openai.chat import ChatRequest
from olbuild.serving.wire.strict import decode


def test_null_is_unset_and_unknown_keys_are_ignored() -> None:
    asked = decode(b'{"model": "a", "temperature": null, "stop": null, "tools": null, "what": {"x": [1]}}', ChatRequest)
    assert asked == ChatRequest(model="a")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "missing request body"),
        (b"  \n", "missing request body"),
        (b"{", "not JSON"),
        (b'{"model": "\xff"}', "not JSON"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"temperature": "x"}', "`$.temperature`"),
        (b'{"messages": [{"role": "user", "content": 5}]}', "`$.messages[0].content`"),
        (b'{"messages": [{"role": "user", "content": [{"type": "video"}]}]}', "`$.messages[0].content[0].type`"),
        (b'{"tools": [' + b"[]," * 300_000 + b"[]]}", "more than 524288 values"),
        (b'{"metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(body: bytes, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(body, ChatRequest)
    assert words in caught.value.message


def test_a_long_text_is_no_large_number_of_values() -> None:
    text = "x" * 3_000_000
    asked = decode(b'{"model": "%s"}' % text.encode(), ChatRequest)
    assert asked.model == text
