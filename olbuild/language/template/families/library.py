"""All families, in the order in which they are preferred where several agree: the plainer one first."""

from __future__ import annotations

from olbuild.language.template.families.family import Family

_IM = ("<|im_start|>", "<|im_end|>")
_QWEN = "You are Qwen, created by Alibaba Cloud."
_HEADER = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
_ROLE = ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>")
_TURN = ("<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>")
_BAR = "\N{FULLWIDTH VERTICAL LINE}"
_DEEPSEEK_USER, _DEEPSEEK_ASSISTANT = f"<{_BAR}User{_BAR}>", f"<{_BAR}Assistant{_BAR}>"
_DEEPSEEK_BOS, _DEEPSEEK_EOS = f"<{_BAR}begin▁of▁sentence{_BAR}>", f"<{_BAR}end▁of▁sentence{_BAR}>"
_DEEPSEEK = (_DEEPSEEK_USER, _DEEPSEEK_ASSISTANT, _DEEPSEEK_EOS)


def _chatml(name: str, source: str, *architectures: str, bos: str = "", mark: str = "<|im_start|>") -> Family:
    """Return a family that writes its turns as ChatML does."""
    return Family(
        name=name,
        source=source,
        mark=mark,
        stops=_IM,
        bos=bos,
        eos="<|im_end|>",
        tokens=_IM,
        architectures=architectures,
    )


def _llama3(name: str, source: str, mark: str = "<|start_header_id|>") -> Family:
    return Family(
        name=name,
        source=source,
        mark=mark,
        stops=_HEADER,
        bos="<|begin_of_text|>",
        eos="<|eot_id|>",
        tokens=_HEADER,
    )


def _mistral(name: str, source: str, *tokens: str) -> Family:
    return Family(
        name=name, source=source, mark="[INST]", stops=("[INST]", "</s>"), bos="<s>", eos="</s>", tokens=tokens
    )


def _deepseek(name: str, source: str, *architectures: str) -> Family:
    return Family(
        name=name,
        source=source,
        mark=_DEEPSEEK_USER,
        stops=(_DEEPSEEK_USER, _DEEPSEEK_EOS),
        bos=_DEEPSEEK_BOS,
        eos=_DEEPSEEK_EOS,
        tokens=_DEEPSEEK,
        architectures=architectures,
    )


def _granite(name: str, source: str, *architectures: str) -> Family:
    return Family(
        name=name,
        source=source,
        mark="<|start_of_role|>",
        stops=("<|start_of_role|>", "<|end_of_text|>"),
        bos="<|end_of_text|>",
        eos="<|end_of_text|>",
        tokens=_ROLE,
        architectures=architectures,
    )


def _bars(name: str, source: str, eos: str, *tokens: str, bos: str = "", architectures: tuple[str, ...] = ()) -> Family:
    """Return a family whose turns begin with ``<|user|>`` and ``<|assistant|>``."""
    return Family(
        name=name,
        source=source,
        mark="<|user|>",
        stops=tuple(dict.fromkeys(("<|user|>", eos))),
        bos=bos,
        eos=eos,
        tokens=tokens,
        architectures=architectures,
    )


def _plain(name: str, source: str, *stops: str, bos: str = "", eos: str = "") -> Family:
    """Return a family whose turns begin with ordinary text."""
    return Family(name=name, source=source, mark=stops[0], stops=stops, bos=bos, eos=eos)


FAMILIES: tuple[Family, ...] = (
    _chatml("chatml", "OpenAI's chatml.md; Yi, InternLM 2, Orca, Hermes, StableLM 2 12B", "internlm2"),
    _chatml(
        "smollm2",
        "HuggingFaceTB/SmolLM2-Instruct",
        bos="<|im_start|>",
        mark="You are a helpful AI assistant named SmolLM",
    ),
    _chatml("qwen1.5", "Qwen/Qwen1.5-Chat", "qwen", mark="You are a helpful assistant<"),
    _chatml("qwen2", "Qwen/Qwen2-Instruct, Qwen2-VL", "qwen2vl", mark="You are a helpful assistant.<"),
    _chatml("qwen2.5", "Qwen/Qwen2.5-Instruct, with tools", "qwen2", "qwen2moe", mark=_QWEN),
    _chatml(
        "qwen2.5-early",
        "Qwen/Qwen2.5-Instruct as first published: braces are doubled where calls are explained",
        mark=_QWEN,
    ),
    _chatml("qwen3-instruct", "Qwen/Qwen3-Instruct-2507, Qwen3-VL-Instruct, with tools", "qwen3vl", "qwen3vlmoe"),
    _chatml("qwen3", "Qwen/Qwen3, with tools and thinking", "qwen3", "qwen3moe"),
    _chatml("qwen3-thinking", "Qwen/Qwen3-Thinking-2507, with tools, always thinking", mark="<think>"),
    _chatml("qwq", "Qwen/QwQ-32B, with tools, always thinking", mark="<think>"),
    _chatml("yi-1.5", "01-ai/Yi-1.5-Chat: the system text stands outside of any turn", bos="<|startoftext|>"),
    _chatml("lfm2", "LiquidAI/LFM2, with tools", "lfm2", "lfm2moe", bos="<|startoftext|>"),
    _chatml("lfm2.5", "LiquidAI/LFM2.5, with tools", bos="<|startoftext|>"),
    Family(
        name="phi4",
        source="microsoft/phi-4",
        mark="<|im_sep|>",
        stops=_IM,
        bos="<|endoftext|>",
        eos="<|im_end|>",
        tokens=(*_IM, "<|im_sep|>"),
    ),
    Family(
        name="llama2",
        source="meta-llama/Llama-2-chat",
        mark="[INST]",
        stops=("[INST]", "</s>"),
        bos="<s>",
        eos="</s>",
    ),
    _llama3("llama3", "meta-llama/Meta-Llama-3-Instruct"),
    _llama3("llama3.1", "meta-llama/Llama-3.1-Instruct, Llama-3.3-Instruct, with tools", "26 Jul 2024"),
    _llama3("llama3.2", "meta-llama/Llama-3.2-Instruct, with tools: as 3.1, with today's date", "Today Date: "),
    _llama3(
        "nemotron", "nvidia/Llama-3.1-Nemotron-Instruct, with tools: as 3.1, without dates", "system<|end_header_id|>"
    ),
    Family(
        name="llama4",
        source="meta-llama/Llama-4-Instruct, with tools",
        mark="<|header_start|>",
        stops=("<|header_start|>", "<|eot|>"),
        bos="<|begin_of_text|>",
        eos="<|eot|>",
        tokens=("<|header_start|>", "<|header_end|>", "<|eot|>"),
        architectures=("llama4",),
    ),
    _mistral("mistral", "mistralai/Mistral-7B-Instruct-v0.2, Mixtral, as first published"),
    _mistral("mistral-v0.1", "mistralai/Mistral-7B-Instruct-v0.1"),
    _mistral("mistral-v1", "mistralai/Mistral-7B-Instruct-v0.2, Mixtral: mistral-common's tokenizer v1"),
    _mistral("mistral-v3", "mistralai/Mistral-7B-Instruct-v0.3, with tools", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]"),
    _mistral("mistral-nemo", "mistralai/Mistral-Nemo-Instruct, Ministral, with tools: v3 without blanks"),
    _mistral("mistral-v7", "mistralai/Mistral-Large-Instruct-2411"),
    _mistral("mistral-v7-tekken", "mistralai/Mistral-Small-24B-Instruct-2501", "[INST]", "[/INST]", "[SYSTEM_PROMPT]"),
    Family(
        name="gemma",
        source="google/gemma-it, 1 to 3",
        mark="<start_of_turn>",
        stops=("<start_of_turn>", "<end_of_turn>"),
        bos="<bos>",
        eos="<end_of_turn>",
        tokens=("<start_of_turn>", "<end_of_turn>"),
        architectures=("gemma", "gemma2", "gemma3"),
    ),
    Family(
        name="command-r",
        source="CohereForAI/c4ai-command-r, Aya 23",
        mark="<|START_OF_TURN_TOKEN|>",
        stops=_TURN,
        bos="<BOS_TOKEN>",
        eos="<|END_OF_TURN_TOKEN|>",
        tokens=(*_TURN, "<|CHATBOT_TOKEN|>"),
        architectures=("command-r", "cohere2"),
    ),
    _plain(
        "deepseek",
        "deepseek-ai/deepseek-llm-chat, DeepSeek-V2-Chat",
        "User:",
        _DEEPSEEK_EOS,
        bos=_DEEPSEEK_BOS,
        eos=_DEEPSEEK_EOS,
    ),
    _deepseek("deepseek-v3", "deepseek-ai/DeepSeek-V2.5, V3", "deepseek2"),
    _deepseek("deepseek-r1", "deepseek-ai/DeepSeek-R1 and what was distilled from it"),
    _deepseek("deepseek-v3.1", "deepseek-ai/DeepSeek-V3.1, with thinking"),
    _plain(
        "deepseek-coder",
        "deepseek-ai/deepseek-coder-instruct",
        "### Instruction:",
        "<|EOT|>",
        bos=_DEEPSEEK_BOS,
        eos="<|EOT|>",
    ),
    _plain("granite", "ibm-granite/granite-code-instruct", "Question:", "Answer:", eos="<|endoftext|>"),
    _granite("granite3", "ibm-granite/granite-3.0-instruct, with tools", "granite", "granitemoe"),
    _granite("granite3.1", "ibm-granite/granite-3.1-instruct, with tools and today's date"),
    _granite("granite3.3", "ibm-granite/granite-3.3-instruct, with tools, thinking and today's date"),
    _granite("granite4", "ibm-granite/granite-4.0, with tools", "granitehybrid"),
    _granite("granite4.1", "ibm-granite/granite-4.0 and 4.1 without a system text of its own, with tools"),
    _bars("zephyr", "HuggingFaceH4/zephyr-beta, TinyLlama-Chat", "</s>", bos="<s>"),
    _bars("stablelm", "stabilityai/stablelm-zephyr, stablelm-2-zephyr", "<|endoftext|>", bos="<|endoftext|>"),
    _bars("tulu2", "allenai/tulu-2", "</s>", bos="<s>"),
    _bars("tulu3", "allenai/Llama-3.1-Tulu-3", "<|end_of_text|>", bos="<|begin_of_text|>"),
    _bars("olmo2", "allenai/OLMo-2-Instruct, tiiuae/Falcon3-Instruct", "<|endoftext|>", bos="<|endoftext|>"),
    _bars("phi3", "microsoft/Phi-3 and Phi-3.5", "<|end|>", "<|user|>", "<|end|>", bos="<s>", architectures=("phi3",)),
    _bars("phi4-mini", "microsoft/Phi-4-mini-instruct", "<|end|>", bos="<|endoftext|>"),
    Family(
        name="exaone3",
        source="LGAI-EXAONE/EXAONE-3.0-Instruct, 3.5",
        mark="[|user|]",
        stops=("[|user|]", "[|endofturn|]"),
        bos="[BOS]",
        eos="[|endofturn|]",
        tokens=("[|user|]", "[|endofturn|]"),
        architectures=("exaone",),
    ),
    Family(
        name="exaone-deep",
        source="LGAI-EXAONE/EXAONE-Deep, always thinking",
        mark="[|user|]",
        stops=("[|user|]", "[|endofturn|]"),
        bos="[BOS]",
        eos="[|endofturn|]",
        tokens=("[|user|]", "[|endofturn|]"),
    ),
    Family(
        name="chatglm4",
        source="THUDM/glm-4-9b-chat",
        mark="<|user|>",
        stops=("<|user|>",),
        eos="<|endoftext|>",
        tokens=("[gMASK]", "<sop>", "<|user|>", "<|assistant|>"),
        architectures=("chatglm",),
    ),
    Family(
        name="glm4",
        source="THUDM/glm-4-9b-chat-hf, GLM-4-0414",
        mark="<|user|>",
        stops=("<|user|>",),
        eos="<|endoftext|>",
        tokens=("[gMASK]", "<sop>", "<|user|>", "<|assistant|>"),
        architectures=("glm4",),
    ),
    _bars("glm-edge", "THUDM/glm-edge-chat", "<|user|>"),
    Family(
        name="openchat",
        source="openchat/openchat-3.5",
        mark="GPT4 Correct",
        stops=("<|end_of_turn|>",),
        bos="<s>",
        eos="<|end_of_turn|>",
        tokens=("<|end_of_turn|>",),
    ),
    _plain("vicuna", "lmsys/FastChat, conversation vicuna_v1.1", "USER:", "</s>", bos="<s>", eos="</s>"),
    _plain(
        "alpaca",
        "tatsu-lab/stanford_alpaca; turns as in lmsys/FastChat",
        "### Instruction:",
        "</s>",
        bos="<s>",
        eos="</s>",
    ),
    _plain("solar", "upstage/SOLAR-10.7B-Instruct", "### User:", "### Assistant:", bos="<s>", eos="</s>"),
    _plain("orion", "OrionStarAI/Orion-14B-Chat: it has no system text", "Human:", "</s>", bos="<s>", eos="</s>"),
    _plain("falcon", "tiiuae/falcon-180B-chat", "User:", "Falcon:", eos="<|endoftext|>"),
    _plain("starcoder2", "bigcode/starcoder2-instruct", "### Instruction", "<|endoftext|>", eos="<|endoftext|>"),
    _plain("magicoder", "ise-uiuc/Magicoder-DS, Magicoder-S-DS", "@@ Instruction", "</s>", bos="<s>", eos="</s>"),
    _plain(
        "chatqa", "nvidia/Llama3-ChatQA", "User:", "<|end_of_text|>", bos="<|begin_of_text|>", eos="<|end_of_text|>"
    ),
    Family(
        name="harmony",
        source="openai/gpt-oss: openai-harmony's prompt format, with tools and levels of thinking",
        mark="<|start|>user<|message|>",
        stops=("<|call|>",),
        bos="<|startoftext|>",
        eos="<|return|>",
        tokens=("<|start|>", "<|channel|>", "<|message|>", "<|call|>"),
        architectures=("gpt-oss",),
    ),
)

_BY_NAME = {family.name: family for family in FAMILIES}


def family(name: str) -> Family:
    """Return the family of a name.

    Raises:
        KeyError: if there is none.
    """
    return _BY_NAME[name]
