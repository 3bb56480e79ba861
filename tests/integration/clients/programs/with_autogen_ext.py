"""What AutoGen makes of a server; ``run.py`` does the checks."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from autogen_core.models import UserMessage
from autogen_core.tools import FunctionTool
from autogen_ext.models.ollama import OllamaChatCompletionClient

URL, MODEL = sys.argv[1:3]
QUESTION = UserMessage(content="What is the capital of France? Answer in one word.", source="user")
INFO = {"vision": False, "function_calling": False, "json_output": True, "family": "unknown", "structured_output": True}
OPTIONS = {"temperature": 0, "num_predict": 60}


def client() -> Any:  # noqa: ANN401 - of another project
    return OllamaChatCompletionClient(model=MODEL, host=URL, model_info=INFO, options=OPTIONS)


def chat() -> object:
    return asyncio.run(client().create([QUESTION])).content


def stream() -> object:
    async def work() -> str:
        parts = [part async for part in client().create_stream([QUESTION])]
        return "".join(part for part in parts if isinstance(part, str))

    return asyncio.run(work())


def called() -> object:
    def weather(city: str) -> str:
        return f"17 degrees in {city}"

    able = {**INFO, "function_calling": True}
    caller: Any = OllamaChatCompletionClient(model="smol-tools", host=URL, model_info=able, options=OPTIONS)
    question = UserMessage(content="What is the weather in Paris?", source="user")
    tool = FunctionTool(weather, description="Say the weather.")
    (call,) = asyncio.run(caller.create([question], tools=[tool])).content
    return [call.name, json.loads(call.arguments)]


CHECKS: list[Callable[[], object]] = [chat, stream, called]
