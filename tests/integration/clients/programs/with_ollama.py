"""What Ollama's own client makes of a server; ``run.py`` does the checks."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import ollama
from ollama import Client

URL, MODEL = sys.argv[1:3]
client = Client(host=URL, timeout=120)
USER = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
OPTIONS: dict[str, Any] = {"temperature": 0, "num_predict": 16}


def listed() -> object:
    return f"{MODEL}:latest" in [model.model for model in client.list().models]


def shown() -> object:
    return client.show(MODEL).details.family


def chat() -> object:
    answer = client.chat(MODEL, USER, options=OPTIONS)
    return [answer.message.content, answer.done, answer.eval_count > 0]


def chat_stream() -> object:
    parts = list(client.chat(MODEL, USER, options=OPTIONS, stream=True))
    return ["".join(part.message.content for part in parts), parts[-1].done]


def generate() -> object:
    return len(client.generate(MODEL, "Hi", options=OPTIONS).response) > 0


def schema() -> object:
    format_ = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    answer = client.chat(MODEL, USER, options={**OPTIONS, "num_predict": 60}, format=format_)
    return list(json.loads(answer.message.content))


def weather(city: str) -> str:
    """Say the weather.

    Args:
        city: where.
    """
    return f"17 degrees in {city}"


def called() -> object:
    question: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {
        "model": "smol-tools",
        "tools": [weather],
        "options": {"temperature": 0, "num_predict": 60},
    }
    message = client.chat(messages=question, **asked).message
    (call,) = message.tool_calls
    history = [*question, message, {"role": "tool", "tool_name": "weather", "content": weather("Paris")}]
    after = client.chat(messages=history, **asked)
    parts = list(client.chat(messages=question, **asked, stream=True))
    streamed = [each.function.arguments for part in parts for each in part.message.tool_calls or ()]
    return [call.function.name, call.function.arguments, after.done_reason, streamed]


def running() -> object:
    return f"{MODEL}:latest" in [model.model for model in client.ps().models]


def copied() -> object:
    client.copy(MODEL, "copy-of-it")
    there = "copy-of-it:latest" in [model.model for model in client.list().models]
    client.delete("copy-of-it")
    return [there, "copy-of-it:latest" in [model.model for model in client.list().models]]


def created() -> object:
    last = list(client.create("terse", from_=MODEL, system="Be terse.", stream=True))[-1]
    system = client.show("terse").modelfile
    client.delete("terse")
    return [last.status, "Be terse." in system]


def travelled() -> object:
    name = f"{os.environ['REGISTRY']}/me/smol:1"
    client.copy(MODEL, name)
    pushed = list(client.push(name, insecure=True, stream=True))[-1].status
    client.delete(name)
    gone = name not in [model.model for model in client.list().models]
    pulled = list(client.pull(name, insecure=True, stream=True))[-1].status
    answer = client.chat(name, USER, options=OPTIONS).message.content
    client.delete(name)
    return [pushed, gone, pulled, answer]


def embedded() -> object:
    return [len(vector) for vector in client.embed("minilm", ["a cat", "a dog"]).embeddings]


def missing() -> object:
    try:
        client.chat("nothing", USER)
    except ollama.ResponseError as error:
        return [error.status_code, error.error]
    return None


def left_early() -> object:
    story: list[Any] = [{"role": "user", "content": "Tell me a long story."}]
    for _ in range(5):
        stream = client.chat(MODEL, story, stream=True)
        next(stream)
        stream.close()
    return client.chat(MODEL, USER, options=OPTIONS).message.content


CHECKS: list[Callable[[], object]] = [
    listed,
    shown,
    chat,
    chat_stream,
    generate,
    schema,
    called,
    running,
    copied,
    created,
    travelled,
    embedded,
    missing,
    left_early,
]
