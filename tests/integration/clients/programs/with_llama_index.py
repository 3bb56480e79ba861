"""What LlamaIndex makes of a server; ``run.py`` does the checks."""

import sys
from collections.abc import Callable

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.llms.ollama import Ollama

URL, MODEL = sys.argv[1:3]
QUESTION = "What is the capital of France? Answer in one word."
model = Ollama(
    model=MODEL,
    base_url=URL,
    temperature=0,
    request_timeout=120,
    context_window=2048,
    additional_kwargs={"num_predict": 16},
)


def chat() -> object:
    return model.chat([ChatMessage(role="user", content=QUESTION)]).message.content


def stream() -> object:
    return "".join(part.delta or "" for part in model.stream_chat([ChatMessage(role="user", content=QUESTION)]))


def complete() -> object:
    return len(model.complete("Hi").text) > 0


def weather(city: str) -> str:
    """Say the weather."""
    return f"17 degrees in {city}"


def called() -> object:
    caller = Ollama(model="smol-tools", base_url=URL, temperature=0, request_timeout=120, context_window=2048)
    tool = FunctionTool.from_defaults(fn=weather)
    answer = caller.chat_with_tools([tool], user_msg="What is the weather in Paris?")
    return [[call.tool_name, call.tool_kwargs] for call in caller.get_tool_calls_from_response(answer)]


def missing() -> object:
    try:
        Ollama(model="nothing", base_url=URL, context_window=2048).complete("Hi")
    except Exception as error:  # noqa: BLE001 - whichever class it is
        return "not found" in str(error)
    return None


CHECKS: list[Callable[[], object]] = [chat, stream, complete, called, missing]
