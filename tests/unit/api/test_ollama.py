"""What is made for Ollama from what olbuild has: by a build, and derived from an artifact of another format."""

from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.lookup import find
from olbuild.api.ollama import derived_ollama
from olbuild.api.workspace import Workspace
from olbuild.api.writing import Profile
from olbuild.artifact.profiles import read_bundle
from olbuild.core.config import load_config
from olbuild.core.content import Descriptor, Graph
from olbuild.core.errors import ModelfileError
from olbuild.core.events import Event, Said
from olbuild.core.names import MediaType
from olbuild.core.records import replace
from olbuild.language.template.families import family
from olbuild.testing.gguf import gguf_bytes
from olbuild.testing.models import adapter_bytes, model_bytes, model_metadata

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

NAMED = (
    "{% if messages[0].role != 'system' %}<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by "
    "Hugging Face<|im_end|>\n{% endif %}" + CHATML
)
TOOLS = "{% if tools %}TOOLS {{ tools|tojson }}{% endif %}" + CHATML


class Place:
    """A workspace, a folder with a model and an adapter, and what was said."""

    def __init__(self, folder: Path) -> None:
        self.said: list[str] = []
        self.workspace = Workspace(load_config(), self._listen)
        self.folder = folder
        (folder / "m.gguf").write_bytes(model_bytes())
        (folder / "a.gguf").write_bytes(adapter_bytes())

    def build(self, text: str, name: str, *, ollama: bool = True) -> Descriptor:
        profile: Profile = "ollama" if ollama else "modelpack"
        request = BuildRequest(data=text.encode(), name="Modelfile", folder=self.folder, profile=profile)
        return build(self.workspace, request, (name,)).descriptor

    def speak(self, jinja: str) -> None:
        """Give the model a chat template."""
        (self.folder / "m.gguf").write_bytes(gguf_bytes({**model_metadata(), "tokenizer.chat_template": jinja}))

    def manifest(self, graph: Graph | Descriptor) -> str:
        if isinstance(graph, Descriptor):
            return self.workspace.store.fetch(graph).read_at(0, graph.size).decode()
        return graph.nodes[-1].content.read_at(0, graph.root.size).decode()

    def _listen(self, event: Event) -> None:
        if isinstance(event, Said):
            self.said.append(event.text)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_derived_is_what_a_build_writes(place: Place) -> None:
    text = "FROM ./m.gguf\nSYSTEM hi\nPARAMETER stop <x>\nMESSAGE user hi\nLICENSE MIT\nTEMPLATE {{ .Prompt }}\n"
    whole, own = place.build(text, "a", ollama=False), place.build(text, "b")
    derived = derived_ollama(place.workspace, whole)
    assert derived.root == own
    assert derived.root.media_type == MediaType.DOCKER_MANIFEST
    weights = read_bundle(whole, place.workspace.store.fetch).weights[0]
    node = derived.find(weights.digest)
    assert node is not None
    assert node.content == weights.content  # the store's own blob


def test_what_is_in_the_format_comes_back_as_it_is(place: Place) -> None:
    place.build("FROM ./m.gguf\nLICENSE MIT\nLICENSE MIT\n", "base")
    child = place.build("FROM base\nSYSTEM hi\n", "child")
    assert place.manifest(derived_ollama(place.workspace, child)) == place.manifest(child)
    assert '"from":"base:latest"' in place.manifest(child)


def test_a_parent_of_another_format_is_read_as_one_of_ollamas(place: Place) -> None:
    place.build("FROM ./m.gguf\nSYSTEM hi\n", "plain", ollama=False)
    place.build("FROM ./m.gguf\nSYSTEM hi\n", "same")
    text = "FROM {}\nADAPTER ./a.gguf\nPARAMETER top_k 1\n"
    one, other = (place.manifest(place.build(text.format(name), f"c-{name}")) for name in ("plain", "same"))
    assert one == other.replace("same:latest", "plain:latest")
    assert '"from":"a.gguf"' in one
    place.build("FROM ./m.gguf\n", "ghcr.io/a/b/c/d:1", ollama=False)
    assert '"from":"ghcr.io/a/b/c/d:1"' in place.manifest(place.build("FROM ghcr.io/a/b/c/d:1\n", "deep"))


def test_stages_and_unset_are_merged_first(place: Place) -> None:
    place.build("FROM ./m.gguf\nSYSTEM hi\nPARAMETER top_k 1\n", "base")
    root = place.build("FROM base AS one\nLICENSE MIT\nFROM one\nUNSET SYSTEM\nPARAMETER top_p 0.5\n", "child")
    kinds = [layer.split('"')[0] for layer in place.manifest(root).split("image.")[1:]]
    assert kinds == ["v1+json", "model", "license", "params"]


def test_a_jinja_template_becomes_one_in_gos_language(place: Place) -> None:
    (place.folder / "chat.jinja").write_text(CHATML)
    root = place.build("FROM ./m.gguf\nTEMPLATE --file=chat.jinja\n", "a")
    template = read_bundle(root, place.workspace.store.fetch).template
    assert template is not None
    assert template.language == "go"
    assert "<|im_start|>" in template.text


def test_a_template_that_the_weights_have_too_is_left_to_them(place: Place) -> None:
    place.speak(TOOLS)
    (place.folder / "chat.jinja").write_text(TOOLS)
    root = place.build("FROM ./m.gguf\nTEMPLATE --file=chat.jinja\n", "a")
    assert read_bundle(root, place.workspace.store.fetch).template is None
    assert place.said == []


def test_weights_for_plain_chats_get_the_template_and_the_stop_texts_that_ollama_gives_them(place: Place) -> None:
    place.speak(NAMED)
    bundle = read_bundle(place.build("FROM ./m.gguf\n", "a"), place.workspace.store.fetch)
    assert bundle.template is not None
    assert bundle.template.text == family("chatml").template
    assert bundle.system is None  # as in Ollama: that of the Jinja template is not taken
    assert bundle.parameters == {"stop": ("<|im_start|>", "<|im_end|>")}
    assert place.said == ["the chat template of the weights is chatml: its template and stop texts go with it"]


def test_what_a_modelfile_says_wins_over_what_is_recognised(place: Place) -> None:
    place.speak(CHATML)
    root = place.build("FROM ./m.gguf\nTEMPLATE {{ .Prompt }}\nSYSTEM hi\nADAPTER ./a.gguf\n", "a")
    kinds = [layer.split('"')[0] for layer in place.manifest(root).split("image.")[1:]]
    assert kinds == ["v1+json", "model", "adapter", "template", "system", "params"]
    bundle = read_bundle(root, place.workspace.store.fetch)
    assert bundle.template is not None
    assert bundle.template.text == "{{ .Prompt }}"
    assert "stop" in bundle.parameters
    child = read_bundle(place.build("FROM a\nPARAMETER stop x\n", "b"), place.workspace.store.fetch)
    assert child.parameters == {"stop": ("x",)}


@pytest.mark.parametrize(
    "jinja", ["{% for message in messages %}~{{ message.content }}~{% endfor %}", "{% if %}", "TOOLS"]
)
def test_of_other_weights_nothing_is_recognised(place: Place, jinja: str) -> None:
    place.speak(jinja if jinja != "TOOLS" else TOOLS)
    bundle = read_bundle(place.build("FROM ./m.gguf\n", "a"), place.workspace.store.fetch)
    assert (bundle.template, dict(bundle.parameters)) == (None, {})


def test_a_template_that_no_family_has_is_left_out_and_said(place: Place) -> None:
    (place.folder / "chat.jinja").write_text("{% for message in messages %}~{{ message.content }}~{% endfor %}")
    root = place.build("FROM ./m.gguf\nTEMPLATE --file=chat.jinja\n", "a")
    assert read_bundle(root, place.workspace.store.fetch).template is None
    assert any("left out" in text for text in place.said)


def test_a_renderer_that_olbuild_does_not_know_may_be_ollamas(place: Place) -> None:
    root = place.build("FROM ./m.gguf\nRENDERER of-tomorrow\n", "a")
    assert read_bundle(root, place.workspace.store.fetch).renderer == "of-tomorrow"
    assert any("no renderer" in text for text in place.said)
    with pytest.raises(ModelfileError):
        place.build("FROM ./m.gguf\nRENDERER of-tomorrow\n", "b", ollama=False)


def test_ollamas_library_folder_may_be_said(place: Place) -> None:
    root = place.build("FROM ./m.gguf\n", "a")
    assert find(place.workspace, "library/a") == ("a:latest", root)
    assert find(place.workspace, "registry.ollama.ai/library/a")[1] == root


def test_in_ollamas_dialect_a_template_is_gos(place: Place) -> None:
    text = 'FROM ./m.gguf\nTEMPLATE """{% if x %}{{ .Prompt }}{% endif %}"""\n'
    request = BuildRequest(data=text.encode(), name="Modelfile", folder=place.folder, profile="ollama")
    built = build(place.workspace, replace(request, dialect="ollama"), ("a",))
    template = read_bundle(built.descriptor, place.workspace.store.fetch).template
    assert template is not None
    assert template.text == "{% if x %}{{ .Prompt }}{% endif %}"
    with pytest.raises(ModelfileError):
        build(place.workspace, replace(request, data=b"FROM ./m.gguf\nTEMPLATE {{ x }}\n", dialect="ollama"), ("a",))
