"""What Haystack makes of a server; ``run.py`` does the checks."""

import sys
from collections.abc import Callable

from haystack.dataclasses import ChatMessage
from haystack.tools import Tool
from haystack_integrations.components.embedders.ollama import OllamaTextEmbedder
from haystack_integrations.components.generators.ollama import OllamaChatGenerator

URL, MODEL = sys.argv[1:3]
QUESTION = "What is the capital of France? Answer in one word."
OPTIONS = {"temperature": 0, "num_predict": 16}


def chat() -> object:
    generator = OllamaChatGenerator(model=MODEL, url=URL, generation_kwargs=OPTIONS)
    return generator.run([ChatMessage.from_user(QUESTION)])["replies"][0].text


def stream() -> object:
    parts: list[str] = []
    generator = OllamaChatGenerator(
        model=MODEL, url=URL, generation_kwargs=OPTIONS, streaming_callback=lambda part: parts.append(part.content)
    )
    generator.run([ChatMessage.from_user(QUESTION)])
    return "".join(parts)


def called() -> object:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = Tool("weather", "Say the weather.", parameters, function=str)
    generator = OllamaChatGenerator(
        model="smol-tools", url=URL, generation_kwargs={"temperature": 0, "num_predict": 60}, tools=[tool]
    )
    (reply,) = generator.run([ChatMessage.from_user("What is the weather in Paris?")])["replies"]
    return [[call.tool_name, call.arguments] for call in reply.tool_calls]


def embedded() -> object:
    return len(OllamaTextEmbedder(model="minilm", url=URL).run("a cat")["embedding"])


CHECKS: list[Callable[[], object]] = [chat, stream, called, embedded]
