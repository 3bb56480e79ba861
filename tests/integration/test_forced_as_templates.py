"""Calls that are forced are those that real templates write: what a template says of a call fits the grammar.

``LLAMA_CPP_SOURCE`` says where the templates are, as in ``test_real_templates``.
"""

from pathlib import Path

import pytest

from olbuild.running.chat.forcing import force_calls
from olbuild.running.chat.parsing import choose_parser
from olbuild.running.constraints.maker import Constraints
from tests.integration.test_calls_of_real_templates import CALLS, SOURCE, TOOLS, names, written
from tests.unit.running.constraints.words import Words, may_end, write

pytestmark = pytest.mark.integration

WRITTEN = {
    *("Apertus-8B-Instruct", "CohereForAI-c4ai-command-r7b-12-2024-tool_use", "GLM-4.6", "GLM-4.7-Flash"),
    *("GigaChat3-10B-A1.8B", "Kimi-K3", "MiniMax-M3", "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use"),
    *("Qwen-Qwen2.5-7B-Instruct", "Qwen-Qwen3-0.6B", "Spark2.5", "deepseek-ai-DeepSeek-V3.1"),
    *("deepseek-ai-DeepSeek-V3.2", "deepseek-ai-DeepSeek-V4", "fireworks-ai-llama-3-firefunction-v2"),
    *("ibm-granite-granite-4.0", "meetkai-functionary-medium-v3.1", "meetkai-functionary-medium-v3.2"),
    *("meta-llama-Llama-3.1-8B-Instruct", "mistralai-Ministral-3-14B-Reasoning-2512", "moonshotai-Kimi-K2"),
    *("Qwen3-Coder", "StepFun3.5-Flash", "poolside-Laguna-S-2.1", "tencent-Hy3", "unsloth-mistral-Devstral-Small-2507"),
}
"""Others sort their arguments, write lists as Python does, ids, or what only stands in prompts."""


class Texts(Words):
    """A vocabulary in which every mark is text."""

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        del add_bos, special
        return tuple(text.encode())


@pytest.mark.parametrize("name", sorted(WRITTEN.intersection(names()) or ["no templates"]))
def test_what_a_template_writes_fits(name: str) -> None:
    if SOURCE is None:
        pytest.skip("LLAMA_CPP_SOURCE is not set")
    pytest.importorskip("llguidance", reason="llguidance is missing: pip install 'olbuild[engine]'")
    template = (Path(SOURCE) / "models" / "templates" / f"{name}.jinja").read_text("utf-8")
    answer, prompt = written(template, CALLS[:1])
    chosen = choose_parser(template=template, parser=None, tools=TOOLS, think=None, prompt=prompt)
    for end in chosen.thinking.ends if chosen.thinking else ():
        answer = answer.partition(end)[2] if end in answer else answer
    words = Texts()
    forced = force_calls(TOOLS, "required", parallel=True, syntax=chosen.call_syntax)
    constraint = Constraints(words).make(forced)
    rest = write(constraint, answer.strip())
    assert may_end(constraint, words), rest
    assert "New York" not in rest
