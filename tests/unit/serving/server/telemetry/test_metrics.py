"""Metrics over HTTP."""

import re
import socket
import time

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.manager.port import Running
from olbuild.running.requests import Done
from olbuild.serving.server.telemetry.metrics import Metrics
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import Served

HI = {"model": "smol", "messages": [{"role": "user", "content": "Hi there you"}], "stream": False}
WORK = 'gen_ai_operation_name="chat",gen_ai_provider_name="olbuild",gen_ai_request_model="smol:latest"'


def metrics(server: Served) -> dict[str, float]:
    """Return the samples that are there."""
    reply = server.ask("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=")
    lines = [line for line in reply.data.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.parametrize("path", ["/api/chat", "/v1/chat/completions"])
def test_an_answer_is_counted_whichever_api_asked(server: Served, path: str) -> None:
    assert server.post(path, HI).status == 200
    found = metrics(server)
    model = '{gen_ai_request_model="smol:latest"}'
    assert found[f"olbuild_prompt_tokens_total{model}"] == 7
    assert found[f"olbuild_cached_prompt_tokens_total{model}"] == 3
    assert found[f"olbuild_generated_tokens_total{model}"] == 3
    assert found[f'gen_ai_server_request_duration_seconds_count{{error_type="",{WORK}}}'] == 1
    assert found[f"gen_ai_server_time_to_first_token_seconds_count{{{WORK}}}"] == 1
    assert found[f"gen_ai_server_time_per_output_token_seconds_sum{{{WORK}}}"] == 0.25
    assert found[f'gen_ai_client_token_usage_sum{{{WORK},gen_ai_token_type="input"}}'] == 7
    assert found[f'olbuild_http_requests_total{{method="POST",path="{path}",status="200"}}'] == 1
    assert found["olbuild_models_loaded"] == 1
    assert found['olbuild_models_memory_bytes{device="all"}'] == 1000
    assert found["olbuild_requests_waiting"] == found["olbuild_requests_running"] == 0


def test_errors_are_counted_by_their_class(server: Served, manager: EchoManager) -> None:
    manager.failure, manager.fails_after = EngineError("it broke"), 1
    server.post("/api/chat", HI)
    found = metrics(server)
    assert found[f'gen_ai_server_request_duration_seconds_count{{error_type="EngineError",{WORK}}}'] == 1
    assert found["olbuild_requests_running"] == 0


def test_who_leaves_is_counted_and_not_left_among_those_that_run(server: Served, manager: EchoManager) -> None:
    manager.pause = 0.2
    body = b'{"model":"smol","messages":[{"role":"user","content":"a b c d e f g h i j k l"}]}'
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            b"POST /api/chat HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % len(body) + body
        )
        connection.recv(100)
        assert metrics(server)["olbuild_requests_running"] == 1
    name, end = 'olbuild_cancellations_total{gen_ai_request_model="smol:latest"}', time.monotonic() + 10
    while metrics(server).get(name) != 1 and time.monotonic() < end:
        time.sleep(0.05)
    found = metrics(server)
    assert (found[name], found["olbuild_requests_running"]) == (1, 0)


def test_paths_that_nobody_knows_are_all_one(server: Served) -> None:
    for number in range(5):
        server.ask("GET", f"/nothing/{number}")
        server.ask("GET", f"/v1/models/nothing/{number}")
    paths = {match[1] for name in metrics(server) if (match := re.search(r'path="([^"]*)"', name))}
    assert paths == {"other", "/v1/models/{name:path}"}


def test_the_number_of_models_is_bounded() -> None:
    measured = Metrics()
    for number in range(500):
        measured.done("chat", f"model-{number}", Done(finish="stop", tokens=1))
    names = set(re.findall(rb'olbuild_generated_tokens_total\{gen_ai_request_model="([^"]*)"', measured.exposition()))
    assert len(names) == 101
    assert b"other" in names


def test_the_fullest_cache_counts() -> None:
    measured = Metrics()
    fields = {"name": "x", "digest": None, "root": None, "context": 1, "expires": None, "requests": 0}
    each = [Running(memory=5, gpu_memory=2, cache=cache, **fields) for cache in (0.25, 0.5)]  # type: ignore[arg-type]
    measured.loaded(each)
    text = measured.exposition().decode()
    assert "olbuild_kv_cache_usage_ratio 0.5" in text
    assert 'olbuild_models_memory_bytes{device="gpu"} 4.0' in text
