"""Answers of a real model that are held to a grammar, and calls that it is forced to make."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import UsageError
from olbuild.running.requests import Chat, Grammar
from olbuild.running.session import Generation, Model, load

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 20}, "country": {"type": "string", "maxLength": 20}},
    "required": ["city", "country"],
}
TOOLS = (
    {"type": "function", "function": {"name": "get_weather", "parameters": SCHEMA}},
    {"type": "function", "function": {"name": "get_time", "parameters": SCHEMA}},
)
CHATML = (
    "{% for tool in tools or [] %}{{ tool | tojson }}{% endfor %}{# calls come as <tool_call> #}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)
PARIS = ({"role": "user", "content": "Where is the Eiffel Tower?"},)


def ask(model: Model, request: Chat) -> tuple[str, list[tuple[str, str]], str]:
    """Return content, calls and why it ended."""
    with Generation(lambda tell: model.ask(request, tell)) as answer:
        deltas = list(answer)
    calls = [(call.name, call.arguments) for delta in deltas for call in delta.calls]
    return "".join(delta.content for delta in deltas), calls, answer.result.finish


def test_an_answer_follows_its_schema_and_ends_by_itself(bundle: Bundle) -> None:
    with load(bundle) as model:
        request = Chat(messages=PARIS, format=Grammar(kind="json_schema", text=json.dumps(SCHEMA)))
        text, _, finish = ask(model, request)
        jsonschema.validate(json.loads(text), SCHEMA)
        assert finish == "stop"
        free = ask(model, Chat(messages=PARIS))[0]
        with pytest.raises(json.JSONDecodeError):
            json.loads(free)


def test_expressions_and_grammars_are_followed(bundle: Bundle) -> None:
    with load(bundle) as model:
        for grammar, pattern in (
            (Grammar(kind="regex", text="(Paris|London), [A-Z][a-z]{2,9}"), "(Paris|London), [A-Z][a-z]{2,9}"),
            (Grammar(kind="lark", text='start: "It is in " /[A-Z][a-z]{2,9}/ "!"'), "It is in [A-Z][a-z]{2,9}!"),
            (
                Grammar(kind="gbnf", text='root ::= "- " [A-Z] [a-z]{2,9} "\\n" "- " [a-z]{3}'),
                "- [A-Z][a-z]{2,9}\n- [a-z]{3}",
            ),
        ):
            text, _, finish = ask(model, Chat(messages=PARIS, format=grammar))
            assert re.fullmatch(pattern, text)
            assert finish == "stop"


def test_a_call_is_forced_and_read(bundle: Bundle) -> None:
    """This model was never trained to call anything."""
    calling = replace(bundle, template=Template(text=CHATML, language="jinja"))
    with load(calling) as model:
        for choice, names in (("get_weather", {"get_weather"}), ("required", {"get_weather", "get_time"})):
            request = Chat(messages=PARIS, tools=TOOLS, tool_choice=choice, parallel=False)
            text, ((name, arguments),), finish = ask(model, request)
            assert (text, finish) == ("", "stop")
            assert name in names
            jsonschema.validate(json.loads(arguments), SCHEMA)
        with pytest.raises(UsageError, match="'nobody' must be called"):
            ask(model, Chat(messages=PARIS, tools=TOOLS, tool_choice="nobody"))


def test_what_cannot_be_enforced_is_refused_before_anything_runs(bundle: Bundle) -> None:
    with load(bundle) as model:
        schema = {"type": "object", "properties": {"a": {"type": "array", "uniqueItems": True}}}
        with pytest.raises(UsageError, match=r"cannot be enforced: \$\.properties\.a\.uniqueItems"):
            ask(model, Chat(messages=PARIS, format=Grammar(kind="json_schema", text=json.dumps(schema))))
