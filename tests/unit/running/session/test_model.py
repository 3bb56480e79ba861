"""A model on a runtime that is written beforehand: requests in, events out."""

from collections.abc import Sequence

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.core.errors import EngineError, OlbuildError, UnsupportedError, UsageError
from olbuild.running.chat import Choice, PromptWriter
from olbuild.running.requests import (
    Chat,
    Complete,
    CountTokens,
    Delta,
    Detokenize,
    Done,
    Embed,
    Event,
    Failed,
    Grammar,
    Render,
    Rendered,
    Request,
    Rerank,
    Tokenize,
    Tokens,
)
from olbuild.running.session.generation import Generation
from olbuild.running.session.model import Model
from tests.unit.running.session.scripted import Scripted

LINES = "{{ range .Messages }}{{ .Role }}:{{ .Content }}\n{{ end }}"
HI = Chat(messages=({"role": "user", "content": "Hi"},))


def model(runtime: Scripted, *capabilities: str, template: str = LINES, **parameters: float) -> Model:
    bundle = Bundle(parameters=parameters)
    writer = PromptWriter(Choice(template=Template(text=template, language="go"), origin="template"))
    return Model(bundle, runtime, writer, parameters=parameters, capabilities=frozenset(capabilities))


def ask(asked: Model, request: Request) -> list[Event]:
    events: list[Event] = []
    asked.ask(request, events.append)
    return events


def test_an_answer_is_its_text_and_its_end() -> None:
    runtime = Scripted(["Hel", "lo"])
    assert ask(model(runtime), HI) == [
        Delta(content="Hel"),
        Delta(content="lo"),
        Done(finish="stop", prompt_tokens=len("user:Hi\n"), tokens=2),
    ]
    assert runtime.detokenize(runtime.jobs[0].prompt) == "user:Hi\n"


def test_parameters_of_the_request_win_and_nothing_is_none() -> None:
    runtime = Scripted([], [])
    asked = model(runtime, temperature=0.5, top_k=7)
    ask(
        asked, Chat(messages=HI.messages, options={"temperature": 0.25}, client="me", cache="c", priority=3, shift=True)
    )
    job = runtime.jobs[0]
    assert (job.sampling.temperature, job.sampling.top_k) == (0.25, 7)
    assert (job.client, job.cache, job.priority, job.shift) == ("me", "c", 3, True)
    with pytest.raises(UsageError, match="temperature must be a number"):
        ask(asked, Chat(messages=HI.messages, options={"temperature": "hot"}))


def test_a_completion_ends_with_its_context() -> None:
    asked = model(Scripted(["yes"], ["no"]))
    assert ask(asked, Complete(prompt="Hi"))[-1] == Done(
        finish="stop", prompt_tokens=8, tokens=1, context=tuple(map(ord, "user:Hi\nyes"))
    )
    assert ask(asked, Complete(prompt="Hi", raw=True))[-1] == Done(finish="stop", prompt_tokens=2, tokens=1)


@pytest.mark.parametrize(
    ("request_", "capability"),
    [
        (Chat(messages=HI.messages, tools=({"type": "function", "function": {"name": "f"}},)), "tools"),
        (Chat(messages=HI.messages, think=True), "thinking"),
        (Chat(messages=({"role": "user", "content": "", "images": [b"GIF89a"]},)), "vision"),
        (Complete(prompt="a", suffix="b"), "insert"),
        (Complete(prompt="a", images=(b"GIF89a",)), "vision"),
        (Embed(inputs=("a",)), "embedding"),
        (Rerank(query="a", documents=("b",)), "rerank"),
    ],
)
def test_what_a_model_cannot_do_is_refused_before_anything_runs(request_: Request, capability: str) -> None:
    runtime = Scripted()
    with pytest.raises(UnsupportedError) as refused:
        ask(model(runtime), request_)
    assert refused.value.capability == capability
    assert not runtime.jobs


def test_not_to_think_is_never_refused() -> None:
    assert ask(model(Scripted(["a"])), Chat(messages=HI.messages, think=False))[0] == Delta(content="a")


def test_what_needs_no_answer_is_told_at_once() -> None:
    asked = model(Scripted())
    assert ask(asked, Render(request=HI)) == [Rendered(text="user:Hi\n")]
    assert ask(asked, CountTokens(request=HI)) == [Tokens(count=8)]
    assert ask(asked, Tokenize(text="ab")) == [Tokens(count=2, tokens=(97, 98))]
    assert ask(asked, Detokenize(tokens=(97, 98))) == [Rendered(text="ab")]


def test_what_is_longer_than_the_context_is_shown_and_counted_nevertheless() -> None:
    first, last = f"assistant:{'a' * 40}\n", f"user:{'b' * 40}\n"
    messages = ({"role": "assistant", "content": "a" * 40}, {"role": "user", "content": "b" * 40})
    for truncate, shown in ((False, first + last), (True, last)):
        asked, request = model(Scripted(context=20)), Chat(messages=messages, truncate=truncate)
        assert ask(asked, Render(request=request)) == [Rendered(text=shown)]
        assert ask(asked, CountTokens(request=request)) == [Tokens(count=len(shown))]


def test_options_are_looked_at_where_nothing_is_answered() -> None:
    wrong = Chat(messages=HI.messages, options={"top_k": "x"})
    for request in (Render(request=wrong), CountTokens(request=wrong)):
        with pytest.raises(UsageError):
            ask(model(Scripted()), request)


def test_a_grammar_that_is_refused_is_no_answer() -> None:
    with pytest.raises(UsageError):
        ask(model(Scripted([])), Chat(messages=HI.messages, format=Grammar(kind="json")))


def test_a_failure_is_the_last_event() -> None:
    assert ask(model(Scripted(EngineError("gone", hint="again"))), HI) == [
        Failed(kind="EngineError", message="gone", hint="again")
    ]


def say(answer: Sequence[str] | OlbuildError) -> Generation:
    return model(Scripted(answer)).chat([Message(role="user", content="Hi")])


def test_a_generation_is_read_delta_by_delta() -> None:
    with say(["a", "b"]) as generation:
        assert [delta.content for delta in generation] == ["a", "b"]
        assert generation.result.tokens == 2
        assert list(generation) == []


def test_a_generation_that_failed_says_so_each_time() -> None:
    generation = say(EngineError("gone"))
    for _ in range(2):
        with pytest.raises(EngineError, match="gone"):
            next(generation)
    with pytest.raises(EngineError, match="gone"):
        _ = generation.result


def test_a_generation_that_is_closed_has_a_result() -> None:
    generation = say(["a", "b"])
    generation.close()
    generation.close()
    assert generation.result.tokens == 2
    assert list(generation) == []


def test_a_model_closes_its_runtime() -> None:
    runtime = Scripted()
    with model(runtime):
        assert not runtime.closed
    assert runtime.closed
