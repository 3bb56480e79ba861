"""The prompt of a file, a Modelfile or an artifact, without an engine."""

from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.rendering import renderer
from olbuild.api.workspace import Workspace
from olbuild.core.errors import ModelfileError, NotFoundError, UsageError
from olbuild.core.events import Event, Said
from olbuild.testing.gguf import Value, gguf_bytes
from olbuild.testing.models import model_bytes, model_metadata, model_tensors

TALK = [{"role": "user", "content": "Hi"}]
JINJA = "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}{{ eos_token }}"
TOKENS: dict[str, Value] = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.tokens": ["<s>", "</s>", *(f"token{number}" for number in range(10))],
}


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def workspace(events: list[Event]) -> Workspace:
    return Workspace(emit=events.append)


def model(**metadata: Value) -> bytes:
    return gguf_bytes({**model_metadata(), **TOKENS, **metadata}, model_tensors())


def make(workspace: Workspace, folder: Path, text: str, *names: str) -> None:
    build(workspace, BuildRequest(data=text.encode(), name="Modelfile", folder=folder), names)


def prompt(workspace: Workspace, place: object, *, jinja: bool = False) -> str:
    found = renderer(workspace, str(place), jinja=jinja)
    text = found.render(TALK)
    assert "".join(part.text for part in found.explain(TALK)) == text
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ range .Messages }}<{{ .Role }}>{{ .Content }}{{ end }}\n", "<user>Hi\n"),
        ("[{{ .Prompt }}]{{ .Response }}|", "[Hi]"),
        (JINJA + "\n\n", "<user>Hi\n"),
    ],
)
def test_a_template_alone(workspace: Workspace, tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "chat").write_text(text)
    assert prompt(workspace, tmp_path / "chat") == expected
    assert prompt(workspace, tmp_path / "chat", jinja=True) == expected


def test_an_artifact_with_all_that_run_adds(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    template = 'TEMPLATE """{{ range .Messages }}<{{ .Role }}>{{ .Content }}{{ end }}"""'
    make(
        workspace, tmp_path, f"FROM ./m.gguf\n{template}\nSYSTEM Be brief.\nMESSAGE user a\nMESSAGE assistant b", "me/a"
    )
    expected = "<system>Be brief.<user>a<assistant>b<user>Hi"
    assert prompt(workspace, "me/a") == prompt(workspace, "me/a", jinja=True) == expected
    found = renderer(workspace, "me/a")
    assert found.render([{"role": "system", "content": "Shout."}, *TALK]).startswith("<system>Shout.<user>a")
    assert found.choice.origin == "template"


def test_the_template_of_the_weights_is_read_from_their_header(workspace: Workspace, tmp_path: Path) -> None:
    stated: dict[str, Value] = {"tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.eos_token_id": 1}
    (tmp_path / "m.gguf").write_bytes(model(**stated, **{"tokenizer.chat_template": JINJA}))
    make(workspace, tmp_path, "FROM ./m.gguf\nSYSTEM Be brief.\n", "me/a")
    assert prompt(workspace, "me/a") == "<s><system>Be brief.<user>Hi</s>"
    assert renderer(workspace, "me/a").choice.origin == "weights"
    make(workspace, tmp_path, 'FROM me/a\nTEMPLATE """{{ eos_token }}{{ messages|length }}"""\n', "me/b")
    assert prompt(workspace, "me/b") == "</s>2"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, "token9token9"),
        ({"tokenizer.ggml.model": "llama"}, "</s>token0"),
        ({"tokenizer.ggml.model": "rwkv"}, ""),
        ({"tokenizer.ggml.pre": "glm4"}, "token9"),
        ({"tokenizer.ggml.bos_token_id": 99, "tokenizer.ggml.eos_token_id": 0}, "token9<s>"),
    ],
)
def test_tokens_are_those_that_llama_cpp_takes(
    workspace: Workspace, tmp_path: Path, metadata: dict[str, Value], expected: str
) -> None:
    template = "{{ bos_token }}{{ eos_token }}"
    (tmp_path / "m.gguf").write_bytes(model(**{"tokenizer.chat_template": template, **metadata}))
    make(workspace, tmp_path, "FROM ./m.gguf\n", "me/a")
    assert prompt(workspace, "me/a") == expected


def test_a_modelfile_says_what_a_build_of_it_would(workspace: Workspace, tmp_path: Path) -> None:
    stated: dict[str, Value] = {"tokenizer.chat_template": JINJA, "tokenizer.ggml.eos_token_id": 1}
    (tmp_path / "m.gguf").write_bytes(model(**stated))
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\nSYSTEM Be brief.\n")
    assert (
        prompt(workspace, tmp_path)
        == prompt(workspace, tmp_path / "Modelfile")
        == "token9<system>Be brief.<user>Hi</s>"
    )
    make(workspace, tmp_path, "FROM ./m.gguf\nSYSTEM Be brief.\nMESSAGE user a\nMESSAGE assistant b\n", "me/a")
    (tmp_path / "x.modelfile").write_text("FROM me/a\nSYSTEM Shout.\n")
    assert prompt(workspace, tmp_path / "x.modelfile") == "token9<system>Shout.<user>a<assistant>b<user>Hi</s>"


def test_arguments_stages_and_files_of_a_modelfile_apply(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model(**{"tokenizer.chat_template": JINJA}))
    (tmp_path / "system.md").write_text("Be kind.")
    (tmp_path / "Modelfile").write_text(
        "ARG who=user\nFROM ./m.gguf AS base\nSYSTEM --file=system.md\nMESSAGE user I am a ${who}.\n"
        "FROM base AS bare\nUNSET MESSAGE\nFROM base\n"
    )
    found = renderer(workspace, str(tmp_path), arguments={"who": "cook"})
    assert "<system>Be kind.<user>I am a cook.<user>Hi" in found.render(TALK)
    assert "<system>Be kind.<user>Hi" in renderer(workspace, str(tmp_path), target="bare").render(TALK)


def test_a_modelfile_whose_base_is_not_here_is_rendered_alone(
    workspace: Workspace, tmp_path: Path, events: list[Event]
) -> None:
    (tmp_path / "Modelfile").write_text('FROM llama3.2:3b\nTEMPLATE """[{{ .Prompt }}]"""\n')
    assert prompt(workspace, tmp_path) == "[Hi]"
    assert any(isinstance(event, Said) and "llama3.2:3b is not in the local store" in event.text for event in events)


def test_without_a_template_the_text_goes_on_and_that_is_said(
    workspace: Workspace, tmp_path: Path, events: list[Event]
) -> None:
    (tmp_path / "m.gguf").write_bytes(model_bytes())
    make(workspace, tmp_path, "FROM ./m.gguf\nSYSTEM A tale.\n", "me/a")
    assert prompt(workspace, "me/a") == "A tale.\n\nHi"
    assert any(isinstance(event, Said) and "continues the text as it is" in event.text for event in events)


def test_a_renderer_by_its_name(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(model(**{"tokenizer.chat_template": JINJA}))
    make(workspace, tmp_path, "FROM ./m.gguf\nRENDERER glm-4.7\n", "me/a")
    assert prompt(workspace, "me/a") == "[gMASK]<sop><|user|>Hi<|assistant|><think>"
    (tmp_path / "Modelfile").write_text("FROM me/a\nRENDERER gemma4\n")
    assert "<user>Hi" in prompt(workspace, tmp_path)


@pytest.mark.parametrize(
    ("names", "code"), [("RENDERER glm-4\n", "OLB220"), ("RENDERER glm-4.7\nPARSER glm-4\n", "OLB221")]
)
def test_a_name_that_does_not_exist_is_not_built(workspace: Workspace, tmp_path: Path, names: str, code: str) -> None:
    (tmp_path / "m.gguf").write_bytes(model())
    with pytest.raises(ModelfileError) as caught:
        make(workspace, tmp_path, f"FROM ./m.gguf\n{names}", "me/a")
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


def test_a_name_that_is_not_there_yet_is_built_and_said(
    workspace: Workspace, tmp_path: Path, events: list[Event]
) -> None:
    (tmp_path / "m.gguf").write_bytes(model())
    make(workspace, tmp_path, "FROM ./m.gguf\nRENDERER gemma4\nPARSER gemma4\n", "me/a")
    said = "\n".join(event.text for event in events if isinstance(event, Said))
    assert "warning[OLB225]" in said


def test_without_a_template_the_vocabulary_speaks_for_one(
    workspace: Workspace, tmp_path: Path, events: list[Event]
) -> None:
    words = [*TOKENS["tokenizer.ggml.tokens"][:10], "<|im_start|>", "<|im_end|>"]  # type: ignore[index] # a list
    (tmp_path / "m.gguf").write_bytes(model(**{"tokenizer.ggml.tokens": words}))
    make(workspace, tmp_path, "FROM ./m.gguf\n", "me/a")
    assert prompt(workspace, "me/a") == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert any(isinstance(event, Said) and "the one that is usual for" in event.text for event in events)


def test_what_is_not_portable_is_said_with_the_reason(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "chat").write_text('{{ range .Messages }}{{ printf "%q" .Content }}{{ end }}')
    assert prompt(workspace, tmp_path / "chat") == '"Hi"'
    with pytest.raises(UsageError, match="is not portable, because of "):
        renderer(workspace, str(tmp_path / "chat"), jinja=True)


def test_what_is_wrong_has_a_place(workspace: Workspace, tmp_path: Path) -> None:
    for text in ("{{ range .Messages }}\n{{ end", "{% for m in messages %}\n{{ m.__class__ }}{% endfor %}"):
        (tmp_path / "chat").write_text(text)
        with pytest.raises(ModelfileError) as caught:
            renderer(workspace, str(tmp_path / "chat"))
        assert caught.value.diagnostics[0].render().startswith(f"{tmp_path / 'chat'}:2:")
    (tmp_path / "chat").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not UTF-8: byte 0 is 0xff"):
        renderer(workspace, str(tmp_path / "chat"))
    with pytest.raises(NotFoundError, match="has no artifact 'nope:latest'"):
        renderer(workspace, "nope")
