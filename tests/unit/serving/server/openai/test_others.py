"""The other paths of the OpenAI API over HTTP."""

import base64
import struct

import msgspec

from olbuild.core.errors import EngineError
from olbuild.running.requests import Chat, Complete, Embed
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served


def test_completions_of_several_prompts(server: Served, manager: EchoManager) -> None:
    reply = server.post("/v1/completions", {"model": "smol", "prompt": ["a b", "c"], "n": 2, "seed": 1, "echo": True})
    document = reply.json()
    assert [choice["text"] for choice in document["choices"]] == ["a ba b", "a ba b", "cc", "cc"]
    assert [choice["index"] for choice in document["choices"]] == [0, 1, 2, 3]
    assert document["usage"] == {"prompt_tokens": 14, "completion_tokens": 6, "total_tokens": 20}
    assert [each.options["seed"] for each in manager.asked if isinstance(each, Complete)] == [1, 2, 1, 2]


def test_a_stream_of_completions(server: Served) -> None:
    reply = server.post("/v1/completions", {"model": "smol", "prompt": "a b", "stream": True})
    *parts, done = [data for _, data in reply.events()]
    assert done == "[DONE]"
    assert [part["choices"][0]["text"] for part in parts] == ["a", " b", ""]
    assert parts[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_stream_of_completions_counts_at_its_end(server: Served) -> None:
    body = {"model": "smol", "prompt": "a b", "stream": True, "stream_options": {"include_usage": True}}
    *parts, _ = [data for _, data in server.post("/v1/completions", body).events()]
    assert [part["usage"]["total_tokens"] for part in parts] == [0, 0, 0, 9]
    assert parts[-1]["choices"] == []


def test_no_prompt_loads_the_model(server: Served, manager: EchoManager) -> None:
    reply = server.post("/v1/completions", {"model": "smol"})
    assert reply.json()["choices"] == [{"text": "", "index": 0, "finish_reason": "load"}]
    assert len(manager.wanted) == 1
    assert not manager.asked


def test_embeddings(server: Served, manager: EchoManager) -> None:
    reply = server.post("/v1/embeddings", {"model": "smol", "input": ["ab", "c"], "dimensions": 2})
    document = reply.json()
    assert [len(each["embedding"]) for each in document["data"]] == [3, 3]
    assert document["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    (question,) = manager.asked
    assert isinstance(question, Embed)
    assert (question.inputs, question.dimensions, question.truncate) == (("ab", "c"), 2, False)
    encoded = server.post("/v1/embeddings", {"model": "smol", "input": [1, 2], "encoding_format": "base64"}).json()
    assert struct.unpack("<3f", base64.b64decode(encoded["data"][0]["embedding"]))[2] == 2.0


def test_a_model_that_embeds_nothing(server: Served, manager: EchoManager) -> None:
    manager.facts = type(manager.facts)(capabilities=("completion",))
    reply = server.post("/v1/embeddings", {"model": "smol", "input": "x"})
    assert (reply.status, reply.json()["error"]["message"]) == (501, '"smol" does not support embedding')


def test_models(server: Served) -> None:
    (model,) = server.ask("GET", "/v1/models").json()["data"]
    assert model.pop("created") > 1_000_000_000
    assert model == {"id": "smol:latest", "object": "model", "owned_by": "library"}
    assert server.ask("GET", "/v1/models/smol").json()["id"] == "smol"
    reply = server.ask("GET", "/v1/models/a/b")
    assert (reply.status, reply.json()["error"]["message"]) == (404, "model 'a/b' not found")


def test_a_slash_behind_the_models_changes_nothing(server: Served) -> None:
    assert server.ask("GET", "/v1/models/").json() == server.ask("GET", "/v1/models").json()


def test_names_with_slashes_are_reachable(server: Served) -> None:
    server.workspace.store.tag(server.workspace.store.names()["smol:latest"], "me/smol:1")
    document = server.ask("GET", "/v1/models/me/smol:1").json()
    assert (document["id"], document["owned_by"]) == ("me/smol:1", "me")
    assert len(server.ask("GET", "/v1/models").json()["data"]) == 2


def test_a_response(server: Served, manager: EchoManager) -> None:
    reply = server.post("/v1/responses", {"model": "smol", "input": "Hi there", "instructions": "Be terse"})
    document = reply.json()
    assert document["status"] == "completed"
    assert document["output"][0]["content"][0]["text"] == "Hi there"
    assert document["usage"]["input_tokens_details"] == {"cached_tokens": 0}
    (question,) = manager.asked
    assert isinstance(question, Chat)
    assert question.messages[0] == {"role": "system", "content": "Be terse"}


def test_an_effort_is_refused_for_a_model_that_cannot_think(server: Served, manager: EchoManager) -> None:
    asked = {"model": "smol", "input": "Hi", "reasoning": {"effort": "high", "summary": "auto"}}
    assert server.post("/v1/responses", asked).json()["status"] == "completed"
    assert [question.think for question in manager.asked if isinstance(question, Chat)] == ["high"]
    manager.facts = msgspec.structs.replace(manager.facts, capabilities=("completion",))
    reply = server.post("/v1/responses", asked)
    assert (reply.status, "does not support thinking" in reply.json()["error"]["message"]) == (400, True)


def test_the_events_of_a_response(server: Served) -> None:
    events = server.post("/v1/responses", {"model": "smol", "input": "Hi there", "stream": True}).events()
    assert all(name == data["type"] for name, data in events)
    assert [data["sequence_number"] for _, data in events] == list(range(len(events)))
    assert (events[0][0], events[-1][0]) == ("response.created", "response.completed")


def test_a_response_that_fails_in_the_middle_says_so(server: Served, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("it broke"), 1
    events = server.post("/v1/responses", {"model": "smol", "input": "Hi there", "stream": True}).events()
    assert [name for name, _ in events[-2:]] == ["error", "response.failed"]
    assert events[-1][1]["response"]["error"]["message"] == "it broke"
    manager.fails_after = 0
    reply = server.post("/v1/responses", {"model": "smol", "input": "Hi there", "stream": True})
    assert (reply.status, reply.json()["error"]["message"]) == (500, "it broke")
