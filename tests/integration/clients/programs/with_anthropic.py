"""What Anthropic's own client makes of a server; ``run.py`` does the checks."""

import sys
from collections.abc import Callable
from typing import Any

import anthropic
from anthropic import Anthropic

URL, MODEL = sys.argv[1:3]
client = Anthropic(base_url=URL, api_key="none", max_retries=0, timeout=120)
USER: list[Any] = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
TOOL: Any = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
common: dict[str, Any] = {"model": MODEL, "messages": USER, "max_tokens": 32, "extra_body": {"temperature": 0}}


def message() -> object:
    answer = client.messages.create(**common)
    return [answer.content[0].text, answer.stop_reason, answer.usage.input_tokens > 0]


def blocks() -> object:
    system = [{"type": "text", "text": "Answer in one word.", "cache_control": {"type": "ephemeral"}}]
    content = [{"type": "text", "text": "What is the capital of France?"}]
    answer = client.messages.create(**{**common, "messages": [{"role": "user", "content": content}]}, system=system)
    return answer.content[0].type


def stream() -> object:
    with client.messages.stream(**common) as streaming:
        text = "".join(streaming.text_stream)
        final = streaming.get_final_message()
    return [text == final.content[0].text, final.stop_reason, final.usage.input_tokens > 0]


def stop_sequence() -> object:
    answer = client.messages.create(**common, stop_sequences=["aris"])
    return [answer.stop_reason, answer.stop_sequence]


def cut() -> object:
    return client.messages.create(**{**common, "max_tokens": 1}).stop_reason


def counted() -> object:
    tokens = client.messages.count_tokens(model=MODEL, messages=USER).input_tokens
    return [tokens > 0, tokens == client.messages.create(**common).usage.input_tokens]


def tools() -> object:
    try:
        answer = client.messages.create(**common, tools=[TOOL], tool_choice={"type": "any"})
    except anthropic.BadRequestError as error:
        return error.message
    return answer.content[-1].name


def called() -> object:
    question: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {**common, "model": "smol-tools", "max_tokens": 80, "tools": [TOOL]}
    choice: Any = {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}
    answer = client.messages.create(**{**asked, "messages": question}, tool_choice=choice)
    call = answer.content[-1]
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "17 degrees"}]}
    history = [*question, {"role": "assistant", "content": answer.content}, {"role": "user", "content": [result]}]
    after = client.messages.create(**{**asked, "messages": history}, tool_choice={"type": "none"})
    return [answer.stop_reason, call.name, call.input, after.stop_reason]


def called_in_a_stream() -> object:
    question: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {**common, "model": "smol-tools", "messages": question, "max_tokens": 80}
    with client.messages.stream(**asked, tools=[TOOL]) as streaming:
        final = streaming.get_final_message()
    return [final.stop_reason, final.content[-1].input]


def thinking() -> object:
    answer = client.messages.create(**common, thinking={"type": "enabled", "budget_tokens": 1024})
    return len(answer.content) > 0


def missing() -> object:
    try:
        client.messages.create(**{**common, "model": "nothing"})
    except anthropic.NotFoundError as error:
        return [error.status_code, bool(error.request_id), error.body["error"]["type"]]
    return None


def left_early() -> object:
    question: list[Any] = [{"role": "user", "content": "Tell me a long story."}]
    for _ in range(5):
        with client.messages.stream(**{**common, "messages": question, "max_tokens": 2000}) as streaming:
            next(iter(streaming))
    return message()


CHECKS: list[Callable[[], object]] = [
    message,
    blocks,
    stream,
    stop_sequence,
    cut,
    counted,
    tools,
    called,
    called_in_a_stream,
    thinking,
    missing,
    left_early,
]
