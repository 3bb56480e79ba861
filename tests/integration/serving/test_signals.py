"""SIGHUP: keys are read anew, or what runs ends."""

import http.client
import json
import signal
import time
from pathlib import Path

from tests.integration.serving.conftest import Server, serving

OLD, NEW = "old-old-old-old-old", "new-new-new-new-new"
ASKED = {
    "model": "smol",
    "messages": [{"role": "user", "content": "Count to a hundred."}],
    "options": {"num_predict": 12},
}


def write(file: Path, text: str) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(text)
    beside.replace(file)


def status(server: Server, key: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", "/api/version", headers={"authorization": f"Bearer {key}"})
    found = connection.getresponse().status
    connection.close()
    return found


def said(server: Server, words: str) -> bool:
    """Wait until the log has some words."""
    end = time.monotonic() + 30
    while words not in server.log.read_text():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_keys_are_read_anew(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    write(file, f'[[key]]\nname = "a"\nkey = "{OLD}"\n')
    with serving(home, "--api-keys", str(file)) as server:
        assert (status(server, OLD), status(server, NEW)) == (200, 401)
        write(file, "[[key]]\nname = ")
        server.process.send_signal(signal.SIGHUP)
        assert said(server, "stay as they were")
        assert (status(server, OLD), status(server, NEW)) == (200, 401)
        write(file, f'[[key]]\nname = "a"\nkey = "{NEW}"\n')
        server.process.send_signal(signal.SIGHUP)
        assert said(server, "1 keys count")
        assert (status(server, OLD), status(server, NEW)) == (401, 200)


def test_without_keys_answers_end_and_then_the_server(home: Path) -> None:
    with serving(home) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
        connection.request("POST", "/api/chat", json.dumps(ASKED))
        response = connection.getresponse()
        lines = [json.loads(response.readline())]
        server.process.send_signal(signal.SIGHUP)
        lines += [json.loads(line) for line in response.read().splitlines()]
        assert lines[-1]["done"]
        assert server.process.wait(60) == 0
