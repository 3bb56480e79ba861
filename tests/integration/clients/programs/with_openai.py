"""What OpenAI's own client makes of a server; ``run.py`` does the checks."""

import json
import sys
from collections.abc import Callable
from typing import Any

import openai
from openai import OpenAI

URL, MODEL = sys.argv[1:3]
client = OpenAI(base_url=f"{URL}/v1", api_key="none", max_retries=0, timeout=120)
USER = [{"role": "user", "content": "What is the capital of France? Answer in one word."}]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "large": {"type": "boolean"}},
    "required": ["city", "large"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA}}
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER: dict[str, Any] = {"type": "function", "function": {"name": "weather", "parameters": CITY, "strict": True}}
common: dict[str, Any] = {"model": MODEL, "messages": USER, "temperature": 0, "seed": 1, "max_tokens": 16}


def chat() -> object:
    answer = client.chat.completions.create(**common)
    return [answer.choices[0].message.content, answer.choices[0].finish_reason, answer.usage.total_tokens]


def chat_stream() -> object:
    text, reasons, usage = "", [], None
    for chunk in client.chat.completions.create(**common, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reasons.append(choice.finish_reason)
    return [text, reasons[-1], usage.total_tokens if usage else None]


def chat_stream_helper() -> object:
    with client.chat.completions.stream(**common) as stream:
        for _ in stream:
            pass
        return stream.get_final_completion().choices[0].message.content


def several() -> object:
    answer = client.chat.completions.create(**{**common, "temperature": 1, "max_tokens": 4}, n=3)
    return [len(answer.choices), answer.usage.completion_tokens]


def schema() -> object:
    format_ = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}
    answer = client.chat.completions.create(**{**common, "max_tokens": 60}, response_format=format_)
    return sorted(json.loads(answer.choices[0].message.content))


def unenforceable() -> object:
    format_ = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array", "uniqueItems": True}}}
    try:
        client.chat.completions.create(**common, response_format=format_)
    except openai.BadRequestError as error:
        return error.message
    return None


def logprobs() -> object:
    answer = client.chat.completions.create(**common, logprobs=True, top_logprobs=2)
    tokens = answer.choices[0].logprobs.content
    return [
        len(tokens) > 0,
        all(len(token.top_logprobs) == 2 for token in tokens),
        "".join(each.token for each in tokens),
    ]


def tools() -> object:
    try:
        answer = client.chat.completions.create(**{**common, "max_tokens": 80}, tools=[TOOL], tool_choice="required")
    except openai.BadRequestError as error:
        return error.message
    return answer.choices[0].message.tool_calls[0].function.name


def called() -> object:
    question = [
        {"role": "developer", "content": "Be terse."},
        {"role": "user", "content": "What is the weather in Paris?"},
    ]
    asked: dict[str, Any] = {"model": "smol-tools", "temperature": 0, "max_completion_tokens": 80, "tools": [WEATHER]}
    answer = client.chat.completions.create(
        messages=question, **asked, tool_choice="required", parallel_tool_calls=False
    ).choices[0]
    (call,) = answer.message.tool_calls
    history = [*question, answer.message, {"role": "tool", "tool_call_id": call.id, "content": "17 degrees"}]
    said = client.chat.completions.create(messages=history, **asked, tool_choice="none").choices[0].message
    return [answer.finish_reason, call.function.name, json.loads(call.function.arguments), said.tool_calls]


def called_in_a_stream() -> object:
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    with client.chat.completions.stream(
        model="smol-tools", messages=question, temperature=0, tools=[WEATHER], max_completion_tokens=80
    ) as stream:
        final = stream.get_final_completion().choices[0]
    return [final.finish_reason, [call.function.arguments for call in final.message.tool_calls]]


def response_called() -> object:
    tool = {"type": "function", "strict": True, **WEATHER["function"]}
    question = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked: dict[str, Any] = {"model": "smol-tools", "temperature": 0, "max_output_tokens": 80, "tools": [tool]}
    call = client.responses.create(input=question, **asked, tool_choice="required").output[-1]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "17 degrees"}
    history = [*question, call.model_dump(), result]
    after = client.responses.create(input=history, **asked, tool_choice="none")
    return [call.type, call.name, json.loads(call.arguments), after.status]


def effort() -> object:
    asked: dict[str, Any] = {"reasoning": {"effort": "low"}, "temperature": 0, "max_output_tokens": 64}
    try:
        return client.responses.create(model=MODEL, input=USER, **asked).output_text
    except openai.BadRequestError as error:
        return [error.status_code, "does not support thinking" in error.message]


def remembered() -> object:
    try:
        client.responses.create(model=MODEL, input="Hi", previous_response_id="resp_1")
    except openai.BadRequestError as error:
        return error.message
    return None


def completion() -> object:
    answer = client.completions.create(model=MODEL, prompt=["Hi", "Yo"], max_tokens=4, temperature=0)
    return [len(answer.choices), answer.usage.completion_tokens > 0]


def completion_stream() -> object:
    parts = list(client.completions.create(model=MODEL, prompt="Hi", max_tokens=4, temperature=0, stream=True))
    return [len("".join(part.choices[0].text for part in parts)) > 0, parts[-1].choices[0].finish_reason]


def models() -> object:
    names = [model.id for model in client.models.list()]
    return [MODEL in names or f"{MODEL}:latest" in names, client.models.retrieve(MODEL).id]


def response() -> object:
    answer = client.responses.create(model=MODEL, input=USER, temperature=0, max_output_tokens=64)
    return [answer.status, answer.output_text, answer.usage.total_tokens > 0]


def response_stream() -> object:
    with client.responses.stream(model=MODEL, input=USER, temperature=0, max_output_tokens=64) as stream:
        names = [event.type for event in stream]
        return [names[0], names[-1], stream.get_final_response().output_text]


def response_cut() -> object:
    with client.responses.stream(model=MODEL, input="Count to a thousand.", max_output_tokens=4) as stream:
        answer = stream.get_final_response()
    return [answer.status, answer.usage.output_tokens]


def embeddings() -> object:
    texts = ["a cat sits on the mat", "a feline rests on the rug", "stock prices fell on Monday"]
    answer = client.embeddings.create(model="minilm", input=texts)
    cat, feline, stocks = (each.embedding for each in answer.data)
    near, far = (sum(x * y for x, y in zip(cat, other, strict=True)) for other in (feline, stocks))
    short = client.embeddings.create(model="minilm", input=texts[0], dimensions=64, encoding_format="float")
    # What this client asks for of its own accord is base64.
    numbers = client.embeddings.create(model="minilm", input=texts[0], encoding_format="float").data[0].embedding
    same = max(abs(x - y) for x, y in zip(cat, numbers, strict=True)) < 1e-6
    return [len(cat), near > far + 0.2, answer.usage.total_tokens > 0, len(short.data[0].embedding), same]


def no_embeddings() -> object:
    try:
        client.embeddings.create(model=MODEL, input="x")
    except openai.InternalServerError as error:
        return [error.status_code, error.body]
    return None


def missing() -> object:
    try:
        client.chat.completions.create(**{**common, "model": "nothing"})
    except openai.NotFoundError as error:
        return [error.status_code, error.body]
    return None


def wrong() -> object:
    try:
        client.chat.completions.create(**{**common, "temperature": "x"})
    except openai.BadRequestError as error:
        return error.message
    return None


def left_early() -> object:
    question = [{"role": "user", "content": "Tell me a long story."}]
    for _ in range(5):
        stream = client.chat.completions.create(**{**common, "messages": question, "max_tokens": 2000}, stream=True)
        next(iter(stream))
        stream.close()
    return chat()


CHECKS: list[Callable[[], object]] = [
    chat,
    chat_stream,
    chat_stream_helper,
    several,
    schema,
    unenforceable,
    logprobs,
    tools,
    called,
    called_in_a_stream,
    response_called,
    effort,
    remembered,
    completion,
    completion_stream,
    models,
    response,
    response_stream,
    response_cut,
    embeddings,
    no_embeddings,
    missing,
    wrong,
    left_early,
]
