"""What none of the large APIs has, over HTTP."""

import pytest

from olbuild.running.requests import Complete
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served


def test_tokens_there_and_back(server: Served) -> None:
    tokens = server.post("/api/tokenize", {"model": "smol", "content": "Hi"}).json()
    assert tokens == {"model": "smol", "tokens": [72, 105], "count": 2}
    text = server.post("/api/detokenize", {"model": "smol", "tokens": tokens["tokens"]}).json()
    assert text == {"model": "smol", "content": "Hi"}


@pytest.mark.parametrize("path", ["/v1/rerank", "/api/rerank", "/rerank"])
def test_rerank(server: Served, path: str) -> None:
    reply = server.post(path, {"model": "smol", "query": "q", "documents": ["a", "bbb", "cc"], "top_n": 2})
    assert [(each["index"], each["relevance_score"]) for each in reply.json()["results"]] == [(1, 3.0), (2, 2.0)]


def test_infill_without_a_name_means_the_model_that_is_loaded(server: Served, manager: EchoManager) -> None:
    body = {"input_prefix": "a b", "input_suffix": "c", "n_predict": 8}
    assert server.post("/infill", body).status == 400
    assert server.post("/infill", {"model": "smol", **body}).json()["content"] == "a b"
    reply = server.post("/infill", {**body, "stream": True})
    assert [data["content"] for _, data in reply.events()] == ["a", " b", ""]
    assert reply.events()[-1][1]["stop_type"] == "eos"
    question = manager.asked[-1]
    assert isinstance(question, Complete)
    assert question.suffix == "c"


def test_errors_have_the_shape_of_the_openai_api(server: Served) -> None:
    reply = server.post("/api/tokenize", {"model": "nope", "content": "Hi"})
    assert (reply.status, reply.json()["error"]["type"]) == (404, "not_found_error")
