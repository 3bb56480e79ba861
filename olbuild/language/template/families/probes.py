"""Conversations that tell formats apart. Two templates that write all of them alike are taken for one format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from olbuild.core.records import Frozen
from olbuild.language.template.evaluate.render import Think

Topic: TypeAlias = Literal["chat", "system", "edges", "tools", "thinking"]
"""What a probe is about: plain chat, a system text, what hardly happens, tools and their results, thoughts."""

Message: TypeAlias = Mapping[str, object]


class Probe(Frozen, kw_only=True):
    """A conversation in the shape of Ollama's API.

    ``trimmed`` is the same without the blanks around all of its messages, or around those of one role.
    ``only_in_calls`` are texts that a prompt has if the template shows the calls of tools, and not otherwise.
    """

    name: str
    topic: Topic
    messages: tuple[Message, ...]
    tools: tuple[Message, ...] = ()
    think: Think = None
    trimmed: tuple[tuple[Message, ...], ...] = ()
    only_in_calls: tuple[str, ...] = ()

    def variables(self) -> dict[str, object]:
        """Return what a Jinja template gets: the messages in the shape of OpenAI's API, and Hugging Face's variables.

        Thoughts have two names, and so does a tool in its result; a call has a type. How much to think is
        ``reasoning_effort``; whether, is ``enable_thinking``, which some templates call ``thinking``.
        """
        given: dict[str, object] = {
            "messages": [_openai(message) for message in self.messages],
            "tools": list(self.tools) or None,
            "documents": None,
            "add_generation_prompt": True,
        }
        if self.think is not None:
            given["enable_thinking"] = given["thinking"] = bool(self.think)
        if isinstance(self.think, str):
            given["reasoning_effort"] = self.think
        return given


def _openai(message: Message) -> dict[str, object]:
    made = dict(message)
    if "thinking" in made:
        made["reasoning_content"] = made["thinking"]
    if "tool_name" in made:
        made["name"] = made["tool_name"]
    if "tool_calls" in made:
        calls: Sequence[Mapping[str, object]] = made["tool_calls"]  # type: ignore[assignment] # it is one of ours
        made["tool_calls"] = [{**call, "type": "function"} for call in calls]
    return made


def _user(content: str) -> Message:
    return {"role": "user", "content": content}


def _said(content: str, **more: object) -> Message:
    return {"role": "assistant", "content": content, **more}


def _call(identity: str, name: str, **arguments: object) -> Message:
    return {"id": identity, "function": {"name": name, "arguments": arguments}}


def _result(call: Message, content: str) -> Message:
    name = call["function"]["name"]  # type: ignore[index] # it is one of ours
    return {"role": "tool", "content": content, "tool_name": name, "tool_call_id": call["id"]}


def _tool(name: str, description: str, required: Sequence[str], **properties: Message) -> Message:
    parameters = {"type": "object", "required": list(required), "properties": properties}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


_SYSTEM: Message = {"role": "system", "content": "You answer in one sentence."}
_QUESTION = _user("What is the capital of France?")
_ANSWER = _said("It is Paris.")
_SECOND = _user("And of Italy?")
_TURNS = (_QUESTION, _ANSWER, _SECOND, _said("Rome."), _user("Thanks!"))

_STRANGE = "Write \"\\n\" & '</s>' {{ x }} {% y %} <b>#</b>\tüñí 東京 \N{ROCKET}\N{ZERO WIDTH JOINER} [x] {n} $1 `code`"
_LONG = "\n".join(
    ["def f(x):", "    return x", "", *(f"{n}. line number {n} of a long text" for n in range(40)), "End."]
)

_WEATHER = _tool(
    "get_weather",
    "Returns the weather of a city",
    ["city"],
    city={"type": "string", "description": "The city's name"},
    days={"type": "integer", "description": "How many days"},
)
_CLOCK = _tool(
    "get_time",
    "Returns the time of day",
    ["zone"],
    zone={"type": "string", "description": "A time zone", "enum": ["UTC", "CET"]},
)
_TOOLS = (_WEATHER, _CLOCK)
_ASKED = _user("What is the weather here?")
_FIRST_CALL = _call("a1b2c3d4e", "get_weather", city="Oslo", days=2)
_SECOND_CALL = _call("f5g6h7i8j", "get_time", zone="Asia/Tokyo")
_NESTED = _call(
    "k9l0m1n2o", "get_weather", city='"Zü\nrich"', days=[1, 2.5, True, None], more={"a": {}, "b": "<&>", "c": "Oslo"}
)
_SUNNY, _NOON = _result(_FIRST_CALL, "sunny, 25 degrees"), _result(_SECOND_CALL, "12:00")

_BARE = (_QUESTION, _ANSWER, _SECOND)
_WIDE = tuple({**message, "content": f" \n {message['content']}\n\n "} for message in _BARE)
_WIDE_ANSWERS, _WIDE_QUESTIONS = (_QUESTION, _WIDE[1], _SECOND), (_WIDE[0], _ANSWER, _WIDE[2])

PROBES: tuple[Probe, ...] = (
    Probe(name="one question", topic="chat", messages=(_QUESTION,)),
    Probe(name="several turns", topic="chat", messages=_TURNS),
    Probe(name="unusual characters", topic="chat", messages=(_user(_STRANGE), _said(_STRANGE), _user(_STRANGE))),
    Probe(name="long texts", topic="chat", messages=(_user(_LONG), _said(_LONG), _user(_LONG))),
    Probe(name="a system text", topic="system", messages=(_SYSTEM, _QUESTION)),
    Probe(name="a system text and several turns", topic="system", messages=(_SYSTEM, *_TURNS)),
    Probe(name="an empty system text", topic="edges", messages=({**_SYSTEM, "content": ""}, _QUESTION)),
    Probe(
        name="blanks around messages", topic="edges", messages=_WIDE, trimmed=(_BARE, _WIDE_ANSWERS, _WIDE_QUESTIONS)
    ),
    Probe(name="tools", topic="tools", messages=(_ASKED,), tools=_TOOLS),
    Probe(name="tools and a system text", topic="tools", messages=(_SYSTEM, *_TURNS), tools=_TOOLS),
    Probe(
        name="a call and its result",
        topic="tools",
        messages=(_ASKED, _said("", tool_calls=[_FIRST_CALL]), _SUNNY),
        tools=_TOOLS,
        only_in_calls=("Oslo",),
    ),
    Probe(
        name="two calls at once",
        topic="tools",
        messages=(_SYSTEM, _ASKED, _said("", tool_calls=[_FIRST_CALL, _SECOND_CALL]), _SUNNY, _NOON),
        tools=_TOOLS,
        only_in_calls=("Oslo", "Asia/Tokyo"),
    ),
    Probe(
        name="a call with words and nested arguments, and what follows",
        topic="tools",
        messages=(_ASKED, _said("Let me see.", tool_calls=[_NESTED]), _result(_NESTED, "rain"), *_TURNS[1:]),
        tools=_TOOLS,
        only_in_calls=("Oslo",),
    ),
    Probe(name="thinking on", topic="thinking", messages=_TURNS, think=True),
    Probe(name="thinking off", topic="thinking", messages=_TURNS, think=False),
    Probe(name="thinking hard", topic="thinking", messages=(_SYSTEM, _QUESTION), think="high"),
    Probe(
        name="thoughts of earlier answers",
        topic="thinking",
        messages=(_QUESTION, _said("It is Paris.", thinking="France, then."), _SECOND),
    ),
    Probe(
        name="thoughts before a call",
        topic="thinking",
        messages=(_ASKED, _said("", thinking="I look it up.", tool_calls=[_FIRST_CALL]), _SUNNY),
        tools=_TOOLS,
        think=True,
        only_in_calls=("Oslo",),
    ),
)
