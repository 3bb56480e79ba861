"""olbuild's own templates for models that bring none."""

import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import NotFoundError
from olbuild.running.chat import PromptWriter, choose_template
from olbuild.running.chat.builtin import families, name_notes, renderer
from olbuild.running.session.making import _is_token

TALK = [{"role": "user", "content": "Hi"}]
IM = frozenset({"<|im_start|>", "<|im_end|>"})


def test_a_renderer_is_a_template_and_an_unknown_one_an_error() -> None:
    choice = choose_template(None, renderer="glm-4.7", weights="theirs", renderers=renderer)
    assert choice.origin == "renderer"
    assert PromptWriter(choice).write(TALK) == "[gMASK]<sop><|user|>Hi<|assistant|><think>"
    assert PromptWriter(choice).write(TALK, think=False).endswith("<|assistant|></think>")
    assert choose_template(None, renderer="gemma4", weights="theirs", renderers=renderer).origin == "weights"
    with pytest.raises(NotFoundError, match="there is no renderer"):
        choose_template(None, renderer="glm", weights="theirs", renderers=renderer)


def test_a_vocabulary_speaks_for_a_family() -> None:
    choice = choose_template(None, architecture="llama", families=families(IM.__contains__))
    assert choice.origin == "family"
    assert choice.warning is not None
    assert PromptWriter(choice).write(TALK) == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert choose_template(None, architecture="llama", families=families(frozenset().__contains__)).template is None


def test_what_has_no_effect_is_said() -> None:
    assert name_notes(Bundle(renderer="olmo3", parser="passthrough")) == []
    assert name_notes(Bundle()) == []
    said = name_notes(Bundle(renderer="gemma4", parser="gemma4"))
    assert [note.split(":")[0] for note in said] == ["RENDERER gemma4 is not there yet"]
    assert name_notes(Bundle(parser="new-in-ollama")) == [
        "PARSER new-in-ollama is not known: the template tells how answers are read"
    ]
    own = Template(text="{{ .Prompt }}", language="go")
    assert name_notes(Bundle(renderer="gemma4", template=own)) == []


class Tokenizer:
    """Splits as a runtime does."""

    def tokenize(self, text: str, *, add_bos: bool = True) -> tuple[int, ...]:
        return (*((1,) if add_bos else ()), *((2,) if text in IM else range(len(text))))


def test_a_text_is_a_token_if_it_is_exactly_one() -> None:
    assert _is_token(Tokenizer(), "<|im_start|>")  # type: ignore[arg-type] # all of an engine that is asked
    assert not _is_token(Tokenizer(), "[INST]")  # type: ignore[arg-type]
    assert not _is_token(Tokenizer(), "")  # type: ignore[arg-type]
