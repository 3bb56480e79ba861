"""Calls there and back: what real templates write for an answer with calls is read as the same calls.

``LLAMA_CPP_SOURCE`` says where the templates are, as in ``test_real_templates``.
"""

import json
import os
from collections.abc import Iterator, Sequence
from copy import deepcopy
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from olbuild.core.errors import FormatError, UsageError
from olbuild.running.chat.parsing import Called, Content, Parsed, choose_parser
from olbuild.running.chat.sandbox import render

pytestmark = pytest.mark.integration

SOURCE = os.environ.get("LLAMA_CPP_SOURCE")  # read now: each test gets an environment without it
MUTE = {
    "HuggingFaceTB-SmolLM3-3B": "it shows no calls",
    "Kimi-K2-Instruct": "it changes a list, which no sandbox allows",
    "Kimi-K2-Thinking": "it changes a list, which no sandbox allows",
    "LFM2-8B-A1B": "it shows no calls",
    "LFM2.5-Instruct": "it shows no calls",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B": "it shows only calls without content",
    "google-gemma-2-2b-it": "it shows no calls",
    "ibm-granite-granite-3.3-2B-Instruct": "it shows no calls",
    "llama-cpp-deepseek-r1": "it writes a tool's description as JSON that has none",
    "llama-cpp-rwkv-world": "it shows no calls",
    "microsoft-Phi-3.5-mini-instruct": "it shows no calls",
}
ONE = {"GigaChat3-10B-A1.8B", "GigaChat3.1-10B-A1.8B", "meta-llama-Llama-3.1-8B-Instruct"} | {
    "meta-llama-Llama-3.2-3B-Instruct",
    "meta-llama-Llama-3.3-70B-Instruct",
    "openai-gpt-oss-120b",
}
"""They show one call of an answer, or refuse several."""

ASK = {"role": "user", "content": "What is the weather, and what time is it?"}
PROPERTIES: dict[str, dict[str, Any]] = {
    "city": {"type": "string"},
    "days": {"type": "integer"},
    "exact": {"type": "boolean"},
    "units": {"type": "array", "items": {"type": "string"}},
    "place": {
        "type": "object",
        "properties": {"x": {"type": "number"}, "y": {"type": "string"}},
        "additionalProperties": False,
    },
}
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": "Tells it",
            "parameters": {
                "type": "object",
                "properties": {name: {**schema, "description": name} for name, schema in properties.items()},
                "required": required,
            },
        },
    }
    for name, properties, required in (
        ("get_weather", PROPERTIES, ["city"]),
        ("time", {"zone": {"type": "string"}}, []),
    )
]
WEATHER = {
    "city": 'New York & <b>"x"\nParis',
    "days": 3,
    "exact": True,
    "units": ["1", "b c"],
    "place": {"x": 1.5, "y": "z"},
}
CALLS: list[tuple[str, dict[str, Any]]] = [("get_weather", WEATHER), ("time", {"zone": "MSK"})]


def names() -> Sequence[str]:
    if SOURCE is None:
        return ["no templates"]
    return sorted(path.stem for path in (Path(SOURCE) / "models" / "templates").glob("*.jinja"))


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("count", [1, 2])
def test_a_call_that_a_template_writes_comes_back(name: str, count: int) -> None:
    if SOURCE is None:
        pytest.skip("LLAMA_CPP_SOURCE is not set")
    if name in MUTE:
        pytest.skip(MUTE[name])
    template = (Path(SOURCE) / "models" / "templates" / f"{name}.jinja").read_text("utf-8")
    calls = CALLS[: 1 if name in ONE else count]
    answer, prompt = written(template, calls)
    for size in (len(answer), 1, 7):
        parts = list(read(template, prompt, answer, size))
        assert [(part.name, json.loads(part.arguments)) for part in parts if isinstance(part, Called)] == calls
        assert "MSK" not in "".join(part.text for part in parts if isinstance(part, Content))


def written(template: str, calls: Sequence[tuple[str, dict[str, Any]]]) -> tuple[str, str]:
    """Return what a template writes of an answer, and the prompt before it.

    Arguments are objects for some templates, and text for others. The end of the prompt is left out where the answer
    does not go on from it: where that opens thoughts, and the answer has none.
    """
    asked = rendered(template, [ASK])
    prompt = rendered(template, [ASK], add_generation_prompt=True)
    for dump in (dict, json.dumps):
        functions = [{"name": name, "arguments": dump(arguments)} for name, arguments in calls]
        tools = [
            {"id": f"{number}23456789", "type": "function", "function": function}
            for number, function in enumerate(functions)
        ]
        try:
            whole = rendered(template, [ASK, {"role": "assistant", "content": "", "tool_calls": tools}])
        except (FormatError, UsageError):
            continue
        if "MSK" in whole or len(calls) == 1:
            start = prompt if whole.startswith(prompt) else common(asked, whole)
            return whole.removeprefix(start), start
    pytest.fail("the template takes neither kind of arguments")


def common(one: str, other: str) -> str:
    """Return the beginning that two texts share."""
    return "".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def rendered(template: str, messages: list[dict[str, Any]], *, add_generation_prompt: bool = False) -> str:
    variables = {
        "messages": deepcopy(messages),
        "tools": TOOLS,
        "functions": json.dumps(TOOLS),
        "documents": None,
        "datetime": "today",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "enable_thinking": True,
        "add_generation_prompt": add_generation_prompt,
    }
    return render(template, variables)


def read(template: str, prompt: str, answer: str, size: int) -> Iterator[Parsed]:
    """Read an answer in pieces."""
    parser = choose_parser(template=template, parser=None, tools=TOOLS, think=None, prompt=prompt).parser
    for start in range(0, len(answer), size):
        yield from parser.feed(answer[start : start + size])
    yield from parser.finish()
