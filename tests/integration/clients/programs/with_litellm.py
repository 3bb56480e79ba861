"""What LiteLLM makes of a server; ``run.py`` does the checks."""

import os
import sys
from collections.abc import Callable
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks the Internet for prices

import litellm

URL, MODEL = sys.argv[1:3]
USER = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
OLLAMA: dict[str, Any] = {"model": f"ollama_chat/{MODEL}", "api_base": URL, "messages": USER}
OPENAI: dict[str, Any] = {"model": f"openai/{MODEL}", "api_base": f"{URL}/v1", "api_key": "none", "messages": USER}
OPTIONS: dict[str, Any] = {"temperature": 0, "max_tokens": 16}


def ollama() -> object:
    return litellm.completion(**OLLAMA, **OPTIONS).choices[0].message.content


def ollama_stream() -> object:
    parts = litellm.completion(**OLLAMA, **OPTIONS, stream=True)
    return "".join(part.choices[0].delta.content or "" for part in parts)


def openai() -> object:
    return litellm.completion(**OPENAI, **OPTIONS).choices[0].message.content


def openai_stream() -> object:
    parts = litellm.completion(**OPENAI, **OPTIONS, stream=True)
    return "".join(part.choices[0].delta.content or "" for part in parts)


def called() -> object:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "weather", "description": "", "parameters": parameters}}
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    found = []
    for asked in (OLLAMA, OPENAI):
        provider = asked["model"].partition("/")[0]
        changed: dict[str, Any] = {**asked, "model": f"{provider}/smol-tools", "messages": question, "max_tokens": 60}
        answer = litellm.completion(**changed, temperature=0, tools=[tool])
        found += [call.function.name for call in answer.choices[0].message.tool_calls]
    return found


def embedded() -> object:
    texts = ["a cat", "a dog"]
    mine = litellm.embedding(model="ollama/minilm", api_base=URL, input=texts)
    theirs = litellm.embedding(model="openai/minilm", api_base=f"{URL}/v1", api_key="none", input=texts)
    return [[len(each["embedding"]) for each in answer.data] for answer in (mine, theirs)]


def missing() -> object:
    try:
        litellm.completion(**{**OPENAI, "model": "openai/nothing"})
    except litellm.NotFoundError as error:
        return error.status_code
    return None


CHECKS: list[Callable[[], object]] = [ollama, ollama_stream, openai, openai_stream, called, embedded, missing]
