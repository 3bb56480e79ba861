"""A bundle that runs: system, messages, parameters, adapters, shards, and the memory of a conversation."""

from pathlib import Path

import pytest

from olbuild.artifact.bundle import Bundle, Message, Template
from olbuild.core.content import BytesContent
from olbuild.core.errors import EngineError, OlbuildError, UsageError
from olbuild.core.events import Advanced, Event, Finished, Said, Started
from olbuild.core.names import Role
from olbuild.core.records import replace
from olbuild.running.session.loading import load
from olbuild.running.session.model import Model
from tests.integration.engine.conftest import blob
from tests.integration.engine.shards import split
from tests.tools import ROOT

LORA = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
PASSWORD = "What is the project password?"


def user(text: str) -> Message:
    return Message(role="user", content=text)


def say(model: Model, *messages: Message, **options: object) -> str:
    with model.chat(messages, options) as generation:  # type: ignore[arg-type]
        return "".join(delta.content for delta in generation)


def test_an_adapter_changes_what_the_model_knows(bundle: Bundle) -> None:
    with load(bundle) as model:
        assert "zebra" not in say(model, user(PASSWORD))
    with load(replace(bundle, adapters=(blob(LORA, Role.ADAPTER),))) as model:
        assert say(model, user(PASSWORD)) == "The project password is zebra-41."


def test_the_template_system_and_messages_are_in_the_prompt(bundle: Bundle) -> None:
    shown = (user("Ping"), Message(role="assistant", content="Pong"))
    with load(replace(bundle, system="Be brief.", messages=shown)) as model:
        assert model.prompt([user("Hi")]) == (
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nPing<|im_end|>\n"
            "<|im_start|>assistant\nPong<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
        )
    own = Template(text="{{ messages[-1].content }}:", language="jinja")
    with load(replace(bundle, template=own)) as model:
        assert model.prompt([user("Once upon a time")]) == "Once upon a time:"
        assert say(model, user("Once upon a time"), num_predict=4)


def test_a_conversation_costs_only_what_is_new(bundle: Bundle) -> None:
    with load(bundle) as model:
        first = user("What is the capital of France?")
        answer = say(model, first)
        talk = [first, Message(role="assistant", content=answer), user("And of Spain?")]
        with model.chat(talk) as generation:
            assert "".join(delta.content for delta in generation)
        known = generation.result.cached_tokens
        assert known >= len(["The", "capital", "of", "France", "is", "Paris."]) + 20
        assert known < generation.result.prompt_tokens


def test_progress_is_in_bytes_and_what_has_no_effect_is_said(bundle: Bundle, smollm2: Path) -> None:
    events: list[Event] = []
    odd = replace(
        bundle,
        projectors=(blob(LORA, Role.PROJECTOR),),
        drafts=(blob(LORA, Role.DRAFT),),
        renderer="gemma4",
        parameters={"num_gqa": 8, "num_ctx": 99999},
    )
    with load(odd, emit=events.append) as model:
        assert model.facts.context == model.facts.trained_context == 8192
    size = smollm2.stat().st_size
    assert Started(id="load", label="load the model", total=size) in events
    assert sum(event.amount for event in events if isinstance(event, Advanced)) == size
    assert len(events) < 150
    assert Finished(id="load") in events
    said = "\n".join(event.text for event in events if isinstance(event, Said))
    for word in ("projector", "draft", "RENDERER", "num_gqa", "num_ctx 99999 is more"):
        assert word in said


def test_shards_are_one_model_whatever_they_are_called(bundle: Bundle, smollm2: Path, tmp_path: Path) -> None:
    shards = split(smollm2, tmp_path, 3)
    with load(replace(bundle, weights=tuple(blob(path, Role.WEIGHTS) for path in shards))) as model:
        assert say(model, user("What is the capital of France?")) == "The capital of France is Paris."
    for wrong in (shards[:2], [shards[0], shards[2], shards[1]][:1]):
        with pytest.raises(EngineError, match="cannot load"):
            load(replace(bundle, weights=tuple(blob(path, Role.WEIGHTS) for path in wrong)))


def test_what_cannot_run_is_said_before_the_weights_are_loaded(bundle: Bundle) -> None:
    def refuse(change: Bundle, kind: type[OlbuildError], words: str) -> None:
        events: list[Event] = []
        with pytest.raises(kind, match=words):
            load(change, emit=events.append)
        assert events == []

    virtual = replace(bundle.weights[0], content=BytesContent(b""))
    refuse(replace(bundle, parameters={"temperature": "hot"}), UsageError, "temperature must be a number")
    refuse(replace(bundle, parameters={"num_ctx": "big"}), UsageError, "num_ctx must be a whole number")
    refuse(replace(bundle, weights=()), EngineError, "has no weights")
    refuse(replace(bundle, weights=(virtual,)), EngineError, "is not a file on this machine")


def test_a_template_that_cannot_be_parsed_ends_the_loading(bundle: Bundle) -> None:
    events: list[Event] = []
    with pytest.raises(OlbuildError, match="value is missing"):
        load(replace(bundle, template=Template(text="{{ if }}", language="go")), emit=events.append)
    assert isinstance(events[0], Started)
    assert events[-1] == Finished(id="load", outcome="failed")
