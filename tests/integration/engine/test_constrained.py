"""Answers of a real model that are held to a grammar, and calls that it is forced to make."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest

from olbuild.artifact.bundle import Bundle, Template
from olbuild.core.errors import UsageError
from olbuild.core.records import replace
from olbuild.running.constraints.guidance import Guided
from olbuild.running.requests import Chat, Grammar
from olbuild.running.session.generation import Generation
from olbuild.running.session.loading import load
from olbuild.running.session.model import Model

NAME = {"type": "string", "maxLength": 20}
SCHEMA = {
    "type": "object",
    "properties": {"city": NAME, "country": NAME},
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


GRAMMARS = (
    Grammar(kind="json_schema", text=json.dumps(SCHEMA)),
    Grammar(kind="json_schema", text=json.dumps({"type": "array", "items": {"enum": ["tower", "river"]}})),
    Grammar(kind="regex", text="(It is|They are) in [A-Z][a-z]{2,12}(, [A-Z][a-z]{2,12}){0,3}\\."),
    Grammar(kind="gbnf", text='root ::= ("- " [a-z]{3,8} "\\n"){4}'),
)


@pytest.mark.parametrize("sampling", [{"temperature": 0}, {"temperature": 0.8, "seed": 3}])
def test_a_request_gets_the_same_answer_alone_and_beside_others(bundle: Bundle, sampling: dict[str, float]) -> None:
    """Each is held to another grammar, and short: what is evaluated together is rounded in another way."""
    requests = [Chat(messages=PARIS, format=one, options={**sampling, "num_predict": 24}) for one in GRAMMARS]
    with load(bundle, options={"num_thread": 1}) as model:
        alone = [ask(model, request) for request in requests]
        with ThreadPoolExecutor(2 * len(requests)) as threads:
            assert list(threads.map(lambda request: ask(model, request), requests * 2)) == alone * 2
    assert len(set(map(str, alone))) == len(alone)


def test_what_a_schema_forces_is_evaluated_together(
    bundle: Bundle, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["the_name_of_the_city", "the_name_of_the_country"]
    schema = {"type": "object", "properties": dict.fromkeys(names, NAME), "required": names}
    request = Chat(messages=PARIS, format=Grammar(kind="json_schema", text=json.dumps(schema)))
    with load(bundle) as model:
        answer, steps = ask(model, request), len(counted)
        assert max(counted) > 3
        counted.clear()
        monkeypatch.setattr(Guided, "forced", lambda _: ())
        assert ask(model, request) == answer
    assert steps < 0.8 * len(counted)
