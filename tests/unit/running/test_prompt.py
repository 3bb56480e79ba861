"""What a model is given: which template, which messages, in which order."""

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.core.errors import OlbuildError
from olbuild.running.chat import PromptWriter, artifact_template, conversation
from olbuild.running.engine.port import Facts

FACTS = Facts(description="tiny", size=1, context=64, trained_context=64, template=None, bos="<s>", eos="</s>")
USER = Message(role="user", content="Hi")


def test_the_artifacts_jinja_is_used() -> None:
    assert artifact_template(Bundle(template=Template(text="{{ x }}", language="jinja"))) == "{{ x }}"
    assert artifact_template(Bundle()) is None


def test_go_needs_the_compiler() -> None:
    with pytest.raises(OlbuildError, match="needs the template compiler") as caught:
        artifact_template(Bundle(template=Template(text="{{ .Prompt }}", language="go")))
    assert caught.value.hint is not None
    assert "Jinja" in caught.value.hint


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
    assert PromptWriter(template, FACTS).write([USER]) == "<s></s>TrueTrueTrueuser:Hi;"


def test_without_a_template_the_text_goes_on() -> None:
    system = Message(role="system", content="A tale.")
    assert PromptWriter(None, FACTS).write([system, USER]) == "A tale.\n\nHi"
