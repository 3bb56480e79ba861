"""What a model is given: which template, which messages, in which order."""

from dataclasses import replace

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.language.template import TemplateFlaw
from olbuild.running.chat import PromptWriter, conversation
from olbuild.running.engine.port import Facts

FACTS = Facts(description="tiny", size=1, context=64, trained_context=64, template=None, bos="<s>", eos="</s>")
USER = Message(role="user", content="Hi")


def jinja(text: str) -> Template:
    return Template(text=text, language="jinja")


def test_the_artifacts_template_wins_over_the_models() -> None:
    facts = replace(FACTS, template="the model's")
    assert PromptWriter(jinja("the artifact's")).write([USER], facts) == "the artifact's"
    assert PromptWriter(None).write([USER], facts) == "the model's"


def test_a_template_in_gos_language_is_rendered_as_ollama_does() -> None:
    legacy = Template(text="[{{ .System }}] {{ .Prompt }} => {{ .Response }} end", language="go")
    system = Message(role="system", content="Be brief.")
    assert PromptWriter(legacy).write([system, USER], FACTS) == "[Be brief.] Hi => "
    modern = Template(text="{{ range .Messages }}<{{ .Role }}>{{ .Content }}{{ end }}", language="go")
    assert PromptWriter(modern).write([system, USER], FACTS) == "<system>Be brief.<user>Hi"


def test_a_template_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(TemplateFlaw, match="value is missing"):
        PromptWriter(Template(text="{{ if }}", language="go"))


def test_system_then_the_artifacts_messages_then_the_conversation() -> None:
    shown = Message(role="assistant", content="Hello!")
    bundle = Bundle(system="Be brief.", messages=(shown,))
    assert conversation(bundle, [USER]) == (Message(role="system", content="Be brief."), shown, USER)
    assert conversation(Bundle(), [USER]) == (USER,)


def test_a_system_message_of_the_conversation_takes_the_place_of_the_artifacts() -> None:
    own, shown = Message(role="system", content="Shout."), Message(role="user", content="first")
    assert conversation(Bundle(system="Be brief.", messages=(shown,)), [own, USER]) == (own, shown, USER)


def test_the_template_gets_what_hugging_face_gives_it() -> None:
    template = (
        "{{ bos_token }}{{ eos_token }}{{ add_generation_prompt }}{{ tools is none }}{{ documents is none }}"
        "{% for message in messages %}{{ message.role }}:{{ message['content'] }};{% endfor %}"
    )
    assert PromptWriter(jinja(template)).write([USER], FACTS) == "<s></s>TrueTrueTrueuser:Hi;"


def test_without_a_template_the_text_goes_on() -> None:
    system = Message(role="system", content="A tale.")
    assert PromptWriter(None).write([system, USER], FACTS) == "A tale.\n\nHi"
