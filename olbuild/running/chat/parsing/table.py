"""All families, and which of them a template or the name of a parser means."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from olbuild.core.records import Frozen
from olbuild.running.chat.parsing.families.command_r import COMMAND_R, COMMAND_R7B
from olbuild.running.chat.parsing.families.deepseek import DEEPSEEK
from olbuild.running.chat.parsing.families.dsml import DSML
from olbuild.running.chat.parsing.families.functionary import FUNCTIONARY, FUNCTIONARY32
from olbuild.running.chat.parsing.families.gemma import FUNCTION_GEMMA, GEMMA, GEMMA4
from olbuild.running.chat.parsing.families.generic import GENERIC
from olbuild.running.chat.parsing.families.glimmer import GLIMMER
from olbuild.running.chat.parsing.families.glm import GLM
from olbuild.running.chat.parsing.families.granite import GRANITE
from olbuild.running.chat.parsing.families.harmony import HARMONY
from olbuild.running.chat.parsing.families.hermes import HERMES
from olbuild.running.chat.parsing.families.hunyuan import HUNYUAN
from olbuild.running.chat.parsing.families.invoke import MINIMAX
from olbuild.running.chat.parsing.families.kimi import KIMI
from olbuild.running.chat.parsing.families.kimi_k3 import KIMI_K3
from olbuild.running.chat.parsing.families.lfm2 import LFM2
from olbuild.running.chat.parsing.families.llama import LLAMA3, LLAMA4
from olbuild.running.chat.parsing.families.minicpm import MINICPM
from olbuild.running.chat.parsing.families.minimax_m3 import MINIMAX_M3
from olbuild.running.chat.parsing.families.mistral import MISTRAL
from olbuild.running.chat.parsing.families.olmo3 import OLMO3
from olbuild.running.chat.parsing.families.others import APERTUS, FUNCTOOLS, GIGACHAT, GIGACHAT3, NEMOTRON
from olbuild.running.chat.parsing.families.qwen3_coder import QWEN3_CODER, SEED
from olbuild.running.chat.parsing.families.solar import SOLAR
from olbuild.running.chat.parsing.family import Family
from olbuild.running.chat.parsing.thinking import TAGS, THINK, Tags

FAMILIES = (
    *(HARMONY, GEMMA4, FUNCTION_GEMMA, KIMI, DSML, GLM, MINIMAX, SEED, GLIMMER, QWEN3_CODER, MISTRAL, COMMAND_R7B),
    *(KIMI_K3, HUNYUAN, SOLAR, MINICPM, MINIMAX_M3, GIGACHAT, GIGACHAT3, OLMO3, NEMOTRON, APERTUS, FUNCTOOLS),
    *(GRANITE, HERMES, DEEPSEEK, COMMAND_R, LFM2, FUNCTIONARY, FUNCTIONARY32, LLAMA3, LLAMA4, GEMMA, GENERIC),
)
"""All of them. A template may show the signs of several: the first one counts, the weaker signs are further back."""


class Named(Frozen, kw_only=True):
    """What a PARSER does.

    Attributes:
        family: whose answers it reads; ``None`` shows them as they are.
        tags: what is around thoughts; ``None`` if its models do not think.
        tools: whether its models call functions.
        begins_thinking: whether an answer begins within thoughts, though the prompt may not show it.
    """

    family: Family | None
    tags: Tags | None = None
    tools: bool = True
    begins_thinking: bool = False


_THOUGHT, _COHERE = TAGS[0], TAGS[1]

PARSERS: Mapping[str, Named] = MappingProxyType(
    {
        "passthrough": Named(family=None, tools=False),
        "cogito": Named(family=DEEPSEEK, tags=THINK),
        "cohere": Named(family=COMMAND_R7B, tags=_COHERE),
        "deepseek3": Named(family=DEEPSEEK, tags=THINK),
        "functiongemma": Named(family=FUNCTION_GEMMA),
        "gemma4": Named(family=GEMMA4, tags=_THOUGHT),
        "gemma4-no-thinking": Named(family=GEMMA4),
        "glimmer": Named(family=GLIMMER, tags=GLIMMER.tags),
        "glm-4.7": Named(family=GLM, tags=THINK),
        "glm-ocr": Named(family=GLM),
        "harmony": Named(family=HARMONY, tags=HARMONY.tags),
        "laguna": Named(family=GLM, tags=THINK),
        "lfm2": Named(family=LFM2),
        "lfm2-thinking": Named(family=LFM2, tags=THINK),
        "ministral": Named(family=MISTRAL),
        "nemotron-3-nano": Named(family=QWEN3_CODER, tags=THINK),
        "nemotron-3.5-nano": Named(family=QWEN3_CODER, tags=THINK),
        "olmo3": Named(family=OLMO3),
        "olmo3-think": Named(family=OLMO3, tags=THINK, tools=False, begins_thinking=True),
        "ornith": Named(family=QWEN3_CODER, tags=THINK),
        "poolside-v1": Named(family=GLM, tags=THINK),
        "qwen3": Named(family=HERMES),
        "qwen3-coder": Named(family=QWEN3_CODER),
        "qwen3-thinking": Named(family=HERMES, tags=THINK, begins_thinking=True),
        "qwen3-vl-instruct": Named(family=HERMES),
        "qwen3-vl-thinking": Named(family=HERMES, tags=THINK, begins_thinking=True),
        "qwen3.5": Named(family=QWEN3_CODER, tags=THINK),
    }
)
"""The names that PARSER takes, which are Ollama's (model/parsers)."""


def family_of(template: str | None) -> Family:
    """Return the family whose signs a template shows; the generic one if it shows none."""
    return next((family for family in FAMILIES if family.is_told_by(template or "")), GENERIC)
