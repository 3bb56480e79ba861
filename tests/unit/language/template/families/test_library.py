"""The library of families: each template renders, is portable, and is told from each other one."""

import re
from collections.abc import Callable
from datetime import date, datetime
from itertools import combinations

import pytest
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

from olbuild.language.template import compile_template, render_go
from olbuild.language.template.families import FAMILIES, PROBES, Family, Probe, family, family_default
from olbuild.language.template.families.compare import deviations
from olbuild.running.chat.sandbox import render
from tests.tools import ROOT

LIBRARY = ROOT / "olbuild" / "language" / "template" / "families" / "library"
TODAY = date(2026, 3, 1)


def written(each: Family, probe: Probe, today: date = TODAY) -> str:
    return render_go(each.parsed, probe.messages, today=today, tools=probe.tools or None, think=probe.think)


def by_name(each: Family) -> str:
    return each.name


def test_each_family_has_a_template_and_each_template_a_family() -> None:
    names = [each.name for each in FAMILIES]
    assert len(names) == len(set(names)) >= 18
    assert sorted(path.name for path in LIBRARY.iterdir()) == sorted(f"{name}.gotmpl" for name in names)
    assert all(family(name).name == name for name in names)


def test_no_two_families_are_one() -> None:
    prompts = {each.name: [written(each, probe) for probe in PROBES] for each in FAMILIES}
    assert [(one, other) for one, other in combinations(prompts, 2) if prompts[one] == prompts[other]] == []


@pytest.mark.parametrize("each", FAMILIES, ids=by_name)
def test_what_is_said_about_a_family_is_true(each: Family) -> None:
    prompts = [written(each, probe) for probe in PROBES]
    assert each.mark
    assert each.mark in written(each, PROBES[0])
    assert each.stops
    assert [stop for stop in each.stops if not any(stop in prompt for prompt in prompts)] == []
    assert each.source
    assert not (each.architectures and not each.tokens)


@pytest.mark.parametrize("each", FAMILIES, ids=by_name)
def test_every_message_is_in_the_prompt_as_it_is(each: Family) -> None:
    for probe in PROBES:
        if probe.topic == "chat":
            prompt = written(each, probe)
            assert [m["content"] for m in probe.messages if str(m["content"]) not in prompt] == []
            assert "<no value>" not in prompt


PLAIN = ImmutableSandboxedEnvironment(extensions=[loopcontrols])
PLAIN.filters["tojson"] = render.__globals__["_tojson"]
PLAIN.globals["strftime_now"] = lambda form: datetime.now().astimezone().strftime(form)


@pytest.mark.parametrize("each", FAMILIES, ids=by_name)
def test_the_portable_form_says_the_same(each: Family) -> None:
    compiled = compile_template(each.parsed)
    assert compiled.portable
    plain = PLAIN.from_string(compiled.jinja)
    for probe in PROBES:
        today = datetime.now().astimezone().date()
        expected = written(each, probe, today)
        for jinja in (render(compiled.jinja, probe.variables()), plain.render(probe.variables())):
            found = deviations(jinja, expected, structured=bool(probe.tools))
            assert found is not None, (probe.name, jinja, expected)
            assert found <= {"json"}


# Written down by hand from what the publishers say, not from our templates.
SYSTEM, ASK, ANSWER, MORE = (
    {"role": role, "content": content}
    for role, content in (("system", "S"), ("user", "U1"), ("assistant", "A1"), ("user", "U2"))
)
PUBLISHED = {
    "chatml": "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n"
    "<|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n",
    "llama2": "[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1 </s><s>[INST] U2 [/INST]",
    "llama3": "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nU1"
    "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nA1<|eot_id|><|start_header_id|>user<|end_header_id|>"
    "\n\nU2<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "mistral": "[INST] S\n\nU1 [/INST]A1</s>[INST] U2 [/INST]",
    "mistral-v3": "[INST] U1[/INST] A1</s>[INST] S\n\nU2[/INST]",
    "mistral-v7": "[SYSTEM_PROMPT] S[/SYSTEM_PROMPT][INST] U1[/INST] A1</s>[INST] U2[/INST]",
    "gemma": "<start_of_turn>user\nS\n\nU1<end_of_turn>\n<start_of_turn>model\nA1<end_of_turn>\n<start_of_turn>user\nU2"
    "<end_of_turn>\n<start_of_turn>model\n",
    "phi3": "<|system|>\nS<|end|>\n<|user|>\nU1<|end|>\n<|assistant|>\nA1<|end|>\n<|user|>\nU2<|end|>\n<|assistant|>\n",
    "phi4": "<|im_start|>system<|im_sep|>S<|im_end|><|im_start|>user<|im_sep|>U1<|im_end|><|im_start|>assistant"
    "<|im_sep|>A1<|im_end|><|im_start|>user<|im_sep|>U2<|im_end|><|im_start|>assistant<|im_sep|>",
    "command-r": "<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>U1"
    "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A1<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|>"
    "<|USER_TOKEN|>U2<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
    "zephyr": "<|system|>\nS</s>\n<|user|>\nU1</s>\n<|assistant|>\nA1</s>\n<|user|>\nU2</s>\n<|assistant|>\n",
    "vicuna": "S USER: U1 ASSISTANT: A1</s>USER: U2 ASSISTANT:",
    "alpaca": "S\n\n### Instruction:\nU1\n\n### Response:\nA1</s>### Instruction:\nU2\n\n### Response:\n",
    "openchat": "GPT4 Correct System: S<|end_of_turn|>GPT4 Correct User: U1<|end_of_turn|>GPT4 Correct Assistant: A1"
    "<|end_of_turn|>GPT4 Correct User: U2<|end_of_turn|>GPT4 Correct Assistant:",
    "granite3": "<|start_of_role|>system<|end_of_role|>S<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>U1"
    "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>A1<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>"
    "U2<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
    "harmony": "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge "
    "cutoff: 2024-06\nCurrent date: 2026-03-01\n\nReasoning: medium\n\n# Valid channels: analysis, commentary, "
    "final. Channel must be included for every message.<|end|>"
    "<|start|>developer<|message|># Instructions\n\nS\n\n<|end|><|start|>user"
    "<|message|>U1<|end|><|start|>assistant<|channel|>final<|message|>A1<|end|><|start|>user<|message|>U2<|end|>"
    "<|start|>assistant",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_format_is_as_it_was_published(name: str) -> None:
    probe = Probe(name="", topic="chat", messages=(SYSTEM, ASK, ANSWER, MORE))
    assert written(family(name), probe) == PUBLISHED[name]


def has(*tokens: str) -> Callable[[str], bool]:
    return set(tokens).__contains__


IM = ("<|im_start|>", "<|im_end|>")


@pytest.mark.parametrize(
    ("architecture", "tokens", "name"),
    [
        ("qwen3", IM, "qwen3"),
        ("qwen2", IM, "qwen2.5"),
        ("llama", IM, "chatml"),
        ("llama", (*IM, "<|im_sep|>"), "phi4"),
        ("llama", ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), "llama3"),
        ("gemma2", ("<start_of_turn>", "<end_of_turn>"), "gemma"),
        ("phi3", ("<|user|>", "<|assistant|>", "<|end|>"), "phi3"),
        ("llama", ("[INST]", "[/INST]", "[AVAILABLE_TOOLS]"), "mistral-v3"),
        ("gpt-oss", ("<|start|>", "<|channel|>", "<|message|>", "<|call|>"), "harmony"),
        ("phi2", IM, "chatml"),
    ],
)
def test_the_default_is_what_the_vocabulary_was_made_for(architecture: str, tokens: tuple[str, ...], name: str) -> None:
    found = family_default(architecture, has(*tokens))
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma", "falcon", "no-such-architecture"])
def test_without_tokens_there_is_no_default(architecture: str) -> None:
    assert family_default(architecture, has("<s>", "</s>", "[INST", "<|im_start|>")) is None


def test_the_page_lists_all_families() -> None:
    page = (ROOT / "docs" / "templates.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+?) \| ([^|]*?) \|$", page, re.MULTILINE)
    assert rows == [
        (each.name, each.source, ", ".join(f"`{name}`" for name in each.architectures)) for each in FAMILIES
    ]
