"""Prompts: what is in them, and what goes when they are too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.core.errors import ModelfileError, UnsupportedError, UsageError
from olbuild.running.chat import Choice, PromptWriter
from olbuild.running.requests import Chat, Complete
from olbuild.running.session.prompting import Prompter, without_middle
from tests.unit.running.session.scripted import Scripted

LINES = "{{ range .Messages }}{{ .Role }}:{{ .Content }}\n{{ end }}>"
INSERT = "{{ if .Suffix }}<p>{{ .Prompt }}<s>{{ .Suffix }}<m>{{ else }}{{ .Prompt }}{{ end }}"


def prompter(
    template: str | None = LINES, *, context: int = 1000, system: str = "", messages: tuple[Message, ...] = ()
) -> Prompter:
    chosen = Choice(template=None if template is None else Template(text=template, language="go"), origin="template")
    return Prompter(Bundle(system=system, messages=messages), PromptWriter(chosen), Scripted(context=context))


def chat(*contents: str, truncate: bool = True) -> Chat:
    roles = ("user", "assistant")
    messages = tuple({"role": roles[number % 2], "content": content} for number, content in enumerate(contents))
    return Chat(messages=messages, truncate=truncate)


def text(found: Prompter, request: Chat | Complete) -> str:
    return found.of(request, None, 4).text


def test_what_the_model_brings_comes_first() -> None:
    found = prompter(system="S", messages=(Message(role="user", content="a"), Message(role="assistant", content="b")))
    assert text(found, chat("Hi")) == "system:S\nuser:a\nassistant:b\nuser:Hi\n>"
    assert text(found, Complete(prompt="Hi")) == "system:S\nuser:a\nassistant:b\nuser:Hi\n>"
    assert text(found, Complete(prompt="Hi", system="T")) == "system:T\nuser:a\nassistant:b\nuser:Hi\n>"
    assert text(found, Complete(prompt="Hi", system="")) == "user:a\nassistant:b\nuser:Hi\n>"
    # What was said before is in the context already.
    assert text(found, Complete(prompt="Hi", context=(120, 121))) == "xysystem:S\nuser:Hi\n>"
    assert text(found, Complete(prompt="Hi", raw=True)) == "Hi"
    assert text(prompter(), Complete(prompt="Hi", template="[{{ .Prompt }}]")) == "[Hi]"


def test_a_template_that_is_none_is_refused() -> None:
    with pytest.raises(ModelfileError):
        text(prompter(), Complete(prompt="Hi", template="{{ .Prompt"))


def test_tokens_for_filling_in_serve_a_model_without_such_a_template() -> None:
    found = Prompter(
        Bundle(), PromptWriter(Choice(template=None, origin="template")), Scripted(context=20, infills=True)
    )
    assert text(found, Complete(prompt="ab", suffix="cd")) == "ab_cd"
    assert len(text(found, Complete(prompt="a" * 30, suffix="cd"))) == 15
    with pytest.raises(UsageError, match="the context holds 20"):
        text(found, Complete(prompt="a" * 30, suffix="cd", truncate=False))


def test_only_a_template_with_a_suffix_fills_in_the_middle() -> None:
    assert text(prompter(INSERT), Complete(prompt="a", suffix="b")) == "<p>a<s>b<m>"
    with pytest.raises(UnsupportedError) as refused:
        text(prompter(), Complete(prompt="a", suffix="b"))
    assert refused.value.capability == "insert"


def test_the_oldest_messages_go_and_the_system_stays() -> None:
    found = prompter(context=40, system="S")
    assert text(found, chat("first", "second", "third")) == "system:S\nassistant:second\nuser:third\n>"
    assert text(found, chat("x" * 99, "y" * 99, "third")) == "system:S\nuser:third\n>"


def test_a_prompt_that_may_not_be_cut_is_refused() -> None:
    with pytest.raises(UsageError, match="has 29 tokens, and the context holds 20"):
        text(prompter(context=20), chat("first", "second", truncate=False))


@given(st.lists(st.text("ab", max_size=9), min_size=1, max_size=12), st.integers(30, 200))
def test_no_message_goes_without_need(contents: list[str], context: int) -> None:
    request = chat(*contents)
    whole = prompter(context=10_000, system="S")
    candidates = [text(whole, Chat(messages=request.messages[number:])) for number in range(len(contents))]
    fitting = [candidate for candidate in candidates if len(candidate) <= context]
    assert text(prompter(context=context, system="S"), request) == fitting[0]


def test_one_message_that_is_too_long_loses_its_middle() -> None:
    prompt = prompter(context=40).of(chat("abcdefghij" * 9), None, 4)
    assert len(prompt.tokens) == 4 + 40 - 4 - 18
    assert "".join(map(chr, prompt.tokens)) == prompt.text[:4] + prompt.text[-18:]


@given(st.integers(4, 300), st.integers(-3, 400), st.integers(0, 300))
def test_what_is_left_of_too_many_tokens_leaves_room_for_an_answer(context: int, keep: int, more: int) -> None:
    tokens = tuple(range(context + 1 + more))
    left = without_middle(tokens, context, keep)
    assert 0 < len(left) < context
    assert left[-1] == tokens[-1]
    assert len(set(left)) == len(left)
