"""The templates of real models: SmolLM2's, and those in llama.cpp's source where that is at hand.

``pip download --no-deps --no-binary :all: llama-cpp-python==0.3.36`` gets the source (77 MB); unpacked,
``LLAMA_CPP_SOURCE=…/vendor/llama.cpp`` says where it is. What is in it is other people's, and stays there.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.api.templates import go_template_for
from olbuild.artifact.weights.gguf import Header, read_header
from olbuild.core.content import FileContent
from olbuild.core.errors import FormatError, UsageError
from olbuild.language.template.families import family_default
from olbuild.running.chat.parsing import capabilities, choose_parser

pytestmark = pytest.mark.integration

SOURCE = os.environ.get("LLAMA_CPP_SOURCE")  # read now: each test gets an environment without it
EXPECTED = {
    "Qwen-Qwen2.5-7B-Instruct": "qwen2.5",
    "Qwen-Qwen3-0.6B": "qwen3",
    "meta-llama-Llama-3.1-8B-Instruct": "llama3.1",
    "meta-llama-Llama-3.2-3B-Instruct": "llama3.2",
    "meta-llama-Llama-3.3-70B-Instruct": "llama3.1",
    "mistralai-Mistral-Nemo-Instruct-2407": "mistral-nemo",
    "google-gemma-2-2b-it": "gemma",
    "ibm-granite-granite-3.3-2B-Instruct": "granite3.3",
    "ibm-granite-granite-4.0": "granite4",
    "ibm-granite-granite-4.1": "granite4.1",
    "openai-gpt-oss-120b": "harmony",
    "LFM2-8B-A1B": "lfm2",
    "LFM2.5-Instruct": "lfm2.5",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "deepseek-r1",
}
DEFAULTS = {
    "qwen2": "qwen2.5",
    "llama-bpe": "llama3",
    "llama-spm": None,
    "phi-3": "phi3",
    "command-r": "command-r",
    "falcon": None,
    "gpt-2": None,
    "starcoder": None,
}


def header(path: Path) -> Header:
    return read_header(FileContent(path, path.stat().st_size), path.name)


def tokens(of: Header) -> list[str]:
    return [token for token in of.array("tokenizer.ggml.tokens") or () if isinstance(token, str)]


@pytest.fixture
def source() -> Path:
    if SOURCE is None:
        pytest.skip("LLAMA_CPP_SOURCE is not set")
    return Path(SOURCE)


def test_the_template_of_smollm2_is_matched_to_the_letter(smollm2: Path) -> None:
    found = header(smollm2)
    words = tokens(found)
    bos, eos = (words[int(str(found.metadata[f"tokenizer.ggml.{name}_token_id"]))] for name in ("bos", "eos"))
    match = go_template_for(str(found.metadata["tokenizer.chat_template"]), bos=bos, eos=eos)
    assert [family.name for family in match.families] == ["smollm2"]
    assert match.is_exact
    assert not match.prints_bos
    default = family_default(str(found.metadata["general.architecture"]), set(words).__contains__)
    assert default is not None
    assert default.name == "chatml"


def test_real_templates_have_a_family_or_a_reason(source: Path, record_property: Callable[[str, object], None]) -> None:
    agree = plain = 0
    paths = sorted((source / "models" / "templates").glob("*.jinja"))
    found: dict[str, str | None] = {}
    for path in paths:
        try:
            match = go_template_for(path.read_text("utf-8"))
        except (FormatError, UsageError):  # it needs variables that only its model's makers know
            continue
        agree += bool(match.families)
        plain += match.nearest is not None
        assert bool(match.families) == (match.nearest is not None and not match.differs)
        found[path.stem] = match.families[0].name if match.families else None
    record_property("share", f"{agree} of {len(paths)} agree, {plain} in plain chat")
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_the_answers_of_real_templates_are_read_by_their_family(source: Path) -> None:
    """The table says for each template: the family of its calls, what ends thoughts, and whether it shows tools."""
    found = {}
    for path in sorted((source / "models" / "templates").glob("*.jinja")):
        text = path.read_text("utf-8")
        chosen = choose_parser(template=text, parser=None, tools=[{"function": {"name": "f"}}], think=None, prompt="")
        end = chosen.thinking.ends[0] if chosen.thinking else ""
        found[path.stem] = [chosen.call_syntax, end, "tools" in capabilities(text)]
    assert found == json.loads(Path(__file__).with_name("parsing-of-templates.json").read_text("utf-8"))


def test_real_vocabularies_have_a_default_or_none(source: Path) -> None:
    found: dict[str, str | None] = {}
    for name in DEFAULTS:
        of = header(source / "models" / f"ggml-vocab-{name}.gguf")
        default = family_default(str(of.metadata["general.architecture"]), set(tokens(of)).__contains__)
        found[name] = default.name if default else None
    assert found == DEFAULTS
