"""Calls that a real model is forced to make, in the way of its family, also behind its thinking."""

import json

import jsonschema
import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.records import replace
from olbuild.running.requests import Chat, Delta
from olbuild.running.session.generation import Generation
from olbuild.running.session.loading import load
from olbuild.running.session.model import Model

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "maxLength": 20},
        "days": {"type": "integer", "minimum": 1, "maximum": 9},
        "unit": {"enum": ["celsius", "kelvin"]},
    },
    "required": ["city", "days"],
}
TOOLS = ({"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}},)
SIGNS = {
    "qwen3-coder": "<tool_call><function=<parameter=",
    "glm": "<arg_key>",
    "minimax-m2": "<minimax:tool_call>",
    "dsml": "\uff5cDSML\uff5c",
    "gemma4": "<|tool_call>",
    "llama4-pythonic": "<|python_start|>",
}
CHATML = (
    "{% for tool in tools or [] %}{{ tool | tojson }}{% endfor %}{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
THINKS = "<think>\n{# </think> #}"
WEATHER = ({"role": "user", "content": "What is the weather in Paris?"},)
SHORT = (
    *({"role": "user", "content": "Hi."}, {"role": "assistant", "content": "<think>\nHm.</think>\nHi."}),
    *({"role": "user", "content": "Hi."}, {"role": "assistant", "content": "<think>\nHm.</think>\nHi."}),
    {"role": "user", "content": "Hi."},
)
ENDLESS = tuple({**message, "content": message["content"].replace("</think>\nHi.", "")} for message in SHORT)
"""As if answers ended within the thinking."""


def taught(bundle: Bundle, syntax: str, end: str = "") -> Bundle:
    text = f"{{# {SIGNS[syntax]} #}}{CHATML}{end}"
    return replace(bundle, template=Template(language="jinja", text=text), system="")


def ask(model: Model, request: Chat) -> tuple[Delta, str]:
    """Return all that was said, as one, and why it ended."""
    with Generation(lambda tell: model.ask(request, tell)) as answer:
        deltas = list(answer)
    return (
        Delta(
            content="".join(delta.content for delta in deltas),
            thinking="".join(delta.thinking for delta in deltas),
            calls=tuple(call for delta in deltas for call in delta.calls),
        ),
        answer.result.finish,
    )


@pytest.mark.parametrize("syntax", sorted(SIGNS))
def test_a_call_comes_in_the_way_of_the_family(bundle: Bundle, syntax: str) -> None:
    options = {"temperature": 1, "seed": 1, "num_predict": 500}
    with load(taught(bundle, syntax), options={"num_ctx": 2048}) as model:
        said, finish = ask(
            model, Chat(messages=WEATHER, tools=TOOLS, tool_choice="required", parallel=False, options=options)
        )
    assert (said.content, finish) == ("", "stop")
    for call in said.calls:
        assert call.name == "get_weather"
        jsonschema.validate(json.loads(call.arguments), SCHEMA)
    assert said.calls


def test_a_call_comes_behind_the_thinking(bundle: Bundle) -> None:
    with load(taught(bundle, "qwen3-coder", THINKS)) as model:
        said, finish = ask(model, Chat(messages=SHORT, tools=TOOLS, tool_choice="get_weather"))
    assert said.thinking.startswith("Hm.")
    assert (said.content, finish, [call.name for call in said.calls]) == ("", "stop", ["get_weather"])
    jsonschema.validate(json.loads(said.calls[0].arguments), SCHEMA)


@pytest.mark.parametrize("count", [1, 8, 60])
def test_who_has_not_thought_to_the_end_does_not_stop(bundle: Bundle, count: int) -> None:
    options = {"num_predict": count}
    with load(taught(bundle, "qwen3-coder", THINKS)) as model:
        free = ask(model, Chat(messages=ENDLESS, tools=TOOLS))
        said, finish = ask(
            model, Chat(messages=ENDLESS, tools=TOOLS, tool_choice="required", parallel=False, options=options)
        )
    assert (free[0].calls, free[1]) == ((), "stop")
    assert (said.content, said.calls, finish) == ("", (), "length")


@pytest.mark.parametrize("count", [8, 20, 40])
def test_a_call_that_is_cut_is_none(bundle: Bundle, count: int) -> None:
    with load(taught(bundle, "qwen3-coder")) as model:
        request = Chat(messages=WEATHER, tools=TOOLS, tool_choice="required", options={"num_predict": count})
        said, finish = ask(model, request)
    assert (said.calls, finish) == ((), "length")
