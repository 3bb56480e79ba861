"""How ``olbuild serve`` begins and ends, and what ``ps`` and ``stop`` say of it."""

import json
import signal
import threading
import time
from pathlib import Path

import pytest

from olbuild.serving.client import Client
from olbuild.serving.wire.host import read_host
from tests.command import olbuild
from tests.integration.serving.conftest import Server, serving

COUNT = {"model": "smol", "messages": [{"role": "user", "content": "Count to one hundred."}]}
MOST_MEMORY = 80_000_000


def _client(server: Server) -> Client:
    return Client(read_host(server.url))


def test_it_is_small_and_says_where_it_is(home: Path) -> None:
    with serving(home) as server:
        assert "smol:latest" in {model["name"] for model in _client(server).get("/api/tags")["models"]}
        assert server.memory() < MOST_MEMORY
        server.process.terminate()
        assert server.process.wait(20) == 0


def test_ps_and_stop(server: Server) -> None:
    _client(server).post("/api/generate", {"model": "smol", "keep_alive": "1h"})
    where = {"OLLAMA_HOST": server.url}
    (model,) = json.loads(olbuild("ps", "--json", environment=where).stdout)
    assert model["size"] > 50_000_000
    line = olbuild("ps", "smol", environment=where).stdout.splitlines()[1]
    assert line.split()[0] == "smol:latest"
    assert line.endswith("59 minutes from now")
    assert "100% CPU" in line
    olbuild("stop", "smol", environment=where)
    assert _client(server).get("/api/ps") == {"models": []}


def test_answers_end_after_a_signal(home: Path) -> None:
    with serving(home) as server:
        stream = _client(server).stream("/api/chat", {**COUNT, "options": {"num_predict": 60, "temperature": 0}})
        first = next(stream)
        server.process.send_signal(signal.SIGTERM)
        lines = [first, *stream]
        assert lines[-1]["done"] is True
        assert lines[-1]["eval_count"] == 60
        assert server.process.wait(20) == 0


def test_a_second_signal_ends_answers(home: Path) -> None:
    with serving(home) as server:
        seen: list[object] = []
        begun = threading.Event()

        def read() -> None:
            try:
                wanted = {**COUNT, "options": {"num_predict": 4000, "temperature": 0, "num_ctx": 8000}}
                for line in _client(server).stream("/api/chat", wanted):
                    seen.append(line)
                    begun.set()
            except Exception as error:  # noqa: BLE001 - looked at below
                seen.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(60)
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(20)
        reader.join(20)
        assert not reader.is_alive()
        assert not (isinstance(seen[-1], dict) and seen[-1].get("done"))


def test_a_port_that_is_taken_is_an_error_with_a_way_out(server: Server) -> None:
    finished = olbuild("serve", "--port", str(server.port), expect=2)
    assert "--port takes another port" in finished.stderr


@pytest.mark.parametrize(("kept", "flash"), [("f16", "0"), ("q8_0", "1")])
def test_how_the_cache_is_kept(home: Path, server: Server, kept: str, flash: str) -> None:
    question = {
        "model": "smol",
        "messages": [{"role": "user", "content": "What is the capital of France?"}],
        "options": {"temperature": 0},
        "stream": False,
    }
    with serving(home, settings={"OLLAMA_KV_CACHE_TYPE": kept, "OLLAMA_FLASH_ATTENTION": flash}) as other:
        answers = [_client(one).post("/api/chat", question)["message"]["content"] for one in (server, other)]
        sizes = [_client(one).get("/api/ps")["models"][0]["size"] for one in (server, other)]
        assert "OLLAMA_" not in other.log.read_text()  # none is said to have no effect
    assert all("Paris" in answer for answer in answers)
    assert (sizes[1] < sizes[0]) == (kept == "q8_0")


def test_a_setting_of_the_cache_that_cannot_be(home: Path) -> None:
    where = {"OLBUILD_HOME": str(home), "OLLAMA_KV_CACHE_TYPE": "q9"}
    assert "there is no cache_type 'q9'" in olbuild("serve", "--port", "0", environment=where, expect=2).stderr
    where |= {"OLLAMA_KV_CACHE_TYPE": "q8_0", "OLLAMA_FLASH_ATTENTION": "0"}
    for words in (["serve", "--port", "0"], ["run", "smol", "hi"]):
        assert "without flash attention" in olbuild(*words, environment=where, expect=2).stderr
