"""What a model is given: which messages, in which order, and what a template sees of them."""

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.core.errors import UsageError
from olbuild.language.template import TemplateFlaw
from olbuild.running.chat import Choice, PlainMessage, PromptWriter, Think, conversation

USER: PlainMessage = {"role": "user", "content": "Hi"}
SYSTEM: PlainMessage = {"role": "system", "content": "Be brief."}
CALL: PlainMessage = {
    "role": "assistant",
    "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}],
}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]


def jinja(text: str) -> PromptWriter:
    choice = Choice(template=Template(text=text, language="jinja"), origin="template")
    return PromptWriter(choice, bos="<s>", eos="</s>")


def go(text: str) -> PromptWriter:
    return PromptWriter(Choice(template=Template(text=text, language="go"), origin="template"))


NOTHING = PromptWriter(Choice(template=None, origin="nowhere"))


def test_a_template_in_gos_language_is_rendered_as_ollama_does() -> None:
    legacy = go("[{{ .System }}] {{ .Prompt }} => {{ .Response }} end")
    assert legacy.write([SYSTEM, USER]) == "[Be brief.] Hi => "
    modern = go("{{ range .Messages }}<{{ .Role }}>{{ .Content }}{{ end }}")
    assert modern.write([SYSTEM, USER]) == "<system>Be brief.<user>Hi"


def test_a_template_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(TemplateFlaw, match="value is missing"):
        go("{{ if }}")


def test_system_then_the_artifacts_messages_then_the_conversation() -> None:
    bundle = Bundle(system="Be brief.", messages=(Message(role="assistant", content="Hello!"),))
    assert conversation(bundle, [USER]) == (SYSTEM, {"role": "assistant", "content": "Hello!"}, USER)
    assert conversation(Bundle(), [USER]) == (USER,)


def test_a_system_message_of_the_conversation_takes_the_place_of_the_artifacts() -> None:
    own: PlainMessage = {"role": "system", "content": "Shout."}
    bundle = Bundle(system="Be brief.", messages=(Message(role="user", content="first"),))
    assert conversation(bundle, [own, USER]) == (own, {"role": "user", "content": "first"}, USER)


def test_the_template_gets_what_hugging_face_gives_it() -> None:
    template = (
        "{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}{{ tools is none }}{{ documents is none }}"
        "{{ enable_thinking is defined }}"
        "{% for message in messages %}{{ message.role }}:{{ message['content'] }};{% endfor %}"
    )
    assert jinja(template).write([USER]) == "<s></s>TrueTrueTrueFalseuser:Hi;"


def test_tools_and_calls_come_as_they_are() -> None:
    template = "{{ tools|tojson }}{{ messages[0].tool_calls[0].function.arguments|tojson }}{{ messages[0].content }}"
    assert jinja(template).write([CALL], TOOLS).endswith('{"type": "object", "properties": {}}}}]{"a": 1}')
    template = (
        "{{ range .Messages }}{{ range .ToolCalls }}{{ .Function.Name }}{{ .Function.Arguments }}{{ end }}{{ end }}"
    )
    assert go(template + "{{ len .Tools }}").write([CALL], TOOLS) == 'f{"a":1}1'


@pytest.mark.parametrize(
    ("think", "in_jinja", "in_go"),
    [
        (None, "--", "false[]false"),
        (True, "True-", "true[]true"),
        (False, "False-", "false[]true"),
        ("low", "Truelow", "true[low]true"),
    ],
)
def test_thinking_reaches_the_template(think: Think, in_jinja: str, in_go: str) -> None:
    asked = "{{ enable_thinking|default('-') }}{{ reasoning_effort|default('-') }}"
    assert jinja(asked).write([USER], think=think) == in_jinja
    asked = "{{ .Think }}[{{ .ThinkLevel }}]{{ .IsThinkSet }}{{ range .Messages }}{{ end }}"
    assert go(asked).write([USER], think=think) == in_go


def test_a_go_template_sees_openais_messages_as_ollamas() -> None:
    template = go(
        "{{ range .Messages }}{{ .Content }}|{{ .Thinking }}|{{ .ToolName }}|"
        "{{ range .ToolCalls }}{{ .Function.Arguments }}{{ end }};{{ end }}"
    )
    messages: list[PlainMessage] = [
        {
            "role": "user",
            "content": [{"type": "text", "text": "a"}, {"type": "image_url"}, {"type": "text", "text": "b"}],
        },
        {"role": "assistant", "content": None, "reasoning_content": "hm", "tool_calls": [_called('{"a": 1}')]},
        {"role": "tool", "name": "f", "content": "1"},
    ]
    assert template.write(messages) == 'ab|||;|hm||{"a":1};1||f|;'
    with pytest.raises(UsageError, match=r"messages\[0\].tool_calls\[0\].function.arguments is text that is no JSON"):
        template.write([{"role": "assistant", "tool_calls": [_called("{")]}])


def _called(arguments: str) -> dict[str, object]:
    return {"function": {"name": "f", "arguments": arguments}}


def test_without_a_template_the_text_goes_on() -> None:
    assert NOTHING.write([SYSTEM, USER]) == "Be brief.\n\nHi"
    assert [(part.text, part.kind) for part in NOTHING.explain([SYSTEM, USER])] == [
        ("Be brief.", "messages[0].content"),
        ("\n\n", "between messages"),
        ("Hi", "messages[1].content"),
    ]


@pytest.mark.parametrize("writer", [go("<{{ .Prompt }}>"), jinja("{{ bos_token }}{{ messages[0].content }}"), NOTHING])
def test_what_is_explained_is_what_is_written(writer: PromptWriter) -> None:
    assert "".join(part.text for part in writer.explain([USER])) == writer.write([USER])


PARTS = (
    "{% for message in messages %}{{ message.role }}:{% for line in message['content'] %}"
    "{% if line['type'] == 'text' %}{{ line['text'] }}{% endif %}{% endfor %}{% endfor %}"
)


def test_a_template_that_walks_over_parts_gets_parts() -> None:
    assert jinja(PARTS).write([USER, {"role": "tool", "content": None}]) == "user:Hitool:"
    both = "{% if messages[0].content is string %}text{% else %}{{ messages[0].content[0].type }}{% endif %}"
    assert jinja(both).write([USER]) == "text"
