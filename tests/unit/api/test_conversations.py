"""Conversations and tools as files: what is wrong is said with its path."""

import json
from pathlib import Path

import pytest

from olbuild.api.conversations import read_document, read_messages, read_tools
from olbuild.core.errors import NotFoundError, UsageError

CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
GOOD = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "x"}}]},
    {"role": "assistant", "content": None, "tool_calls": [CALL], "anything": {"else": [1]}},
    {"role": "assistant", "tool_calls": [{"function": {"name": "g", "arguments": '{"a": 1}'}}]},
    {"role": "tool", "content": "", "tool_call_id": "1"},
]


def test_messages_come_as_they_are() -> None:
    assert list(read_messages(json.dumps(GOOD).encode(), "talk.json")) == GOOD
    assert read_messages(b"[]", "talk.json") == ()


BAD = {
    "{": r"talk.json is not valid JSON",
    "{}": r"talk.json: \$ is an object, and should be a list",
    "null": r"talk.json: \$ is missing, and should be a list",
    "[1]": r"talk.json: \$\[0\] is a number, and should be an object",
    '[{"role": "user", "content": "a"}, {"content": "b"}]': r"\$\[1\].role is missing, and should be text",
    '[{"role": "", "content": "b"}]': r"\$\[0\].role is empty",
    '[{"role": "user"}]': r"\$\[0\].content is missing, and should be text or a list of parts",
    '[{"role": "user", "content": true}]': r"\$\[0\].content is true or false",
    '[{"role": "user", "content": {"text": "a"}}]': r"\$\[0\].content is an object",
    '[{"role": "user", "content": ["a"]}]': r"\$\[0\].content\[0\] is text, and should be an object",
    '[{"role": "user", "content": [{"text": 1}]}]': r"\$\[0\].content\[0\].text is a number",
    '[{"role": "user", "content": [{}]}]': r"\$\[0\].content\[0\].type is missing",
    '[{"role": "a", "content": "", "tool_calls": {}}]': r"\$\[0\].tool_calls is an object, and should be a list",
    '[{"role": "a", "tool_calls": []}]': r"\$\[0\].content is missing",
    '[{"role": "a", "tool_calls": [{}]}]': r"\$\[0\].tool_calls\[0\].function is missing, and should be an object",
    '[{"role": "a", "tool_calls": [{"function": {}}]}]': r"\$\[0\].tool_calls\[0\].function.name is missing",
    '[{"role": "a", "tool_calls": [{"function": {"name": "f", "arguments": 1}}]}]': r"function.arguments is a number",
    '[{"role": "user", "content": "\\ud800"}]': r"half a character",
    '[{"role": "user", "role": "user", "content": ""}]': r"not valid JSON: .*twice",
    "[" * 100_000: r"nested too deeply",
}


@pytest.mark.parametrize(("text", "reason"), BAD.items(), ids=range(len(BAD)))
def test_what_is_wrong_is_said_with_its_path(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read_messages(text.encode(), "talk.json")
    assert caught.value.hint


def test_tools_have_functions_with_names() -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}, "more": 1}]
    assert list(read_tools(json.dumps(tools).encode(), "tools.json")) == tools
    for text, reason in (
        ("{}", r"tools.json: \$ is an object, and should be a list"),
        ("[[]]", r"\$\[0\] is a list, and should be an object"),
        ("[{}]", r"\$\[0\].function is missing"),
        ('[{"function": {"name": 1}}]', r"\$\[0\].function.name is a number"),
    ):
        with pytest.raises(UsageError, match=reason):
            read_tools(text.encode(), "tools.json")


def test_a_file_that_is_not_there_or_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="does not exist"):
        read_document(tmp_path / "talk.json")
    with pytest.raises(NotFoundError, match="cannot be read"):
        read_document(tmp_path)
