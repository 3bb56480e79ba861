"""llama.cpp's own Jinja, through ``/apply-template`` of a ``llama-server`` that is started for a template.

The variables go in as ``chat_template_kwargs``, which overwrite what the server makes of the request: so the template
gets the very messages and tools that the other runtimes get, and what is compared is the engine. The server's own way
from a request to these variables (no ``thinking``, arguments of calls as text, ``enable_thinking`` always there) is its
interface and no part of a template.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from olbuild.core.errors import EngineError
from olbuild.core.records import Frozen
from olbuild.testing.runnable import write_runnable_model

_HOST = "127.0.0.1"
_PATIENCE = 20.0  # seconds for a start, or for an answer
_OPTIONS = ["--no-warmup", "--offline", "-c", "256", "-np", "1", "-t", "1", "--threads-http", "1"]
_WHOLE = ["--no-prefill-assistant", "--skip-chat-parsing"]
"""A last message of the assistant is a message like others, and no parser for the answer is derived."""

_TALK = (
    ("system", "You are a helpful assistant"),
    ("user", "Hello"),
    ("assistant", "Hi there"),
    ("user", "How are you?"),
)
PROBES: Sequence[Mapping[str, Any]] = (
    {"messages": [{"role": "user", "content": "test"}], "enable_thinking": True},
    {"messages": [{"role": role, "content": content} for role, content in _TALK], "enable_thinking": True},
)
"""What llama-server renders before it takes a template (common/chat.cpp, verify_template and format_example)."""


class Server(Frozen):
    """A running server, by its port."""

    port: int

    def render(self, variables: Mapping[str, Any]) -> str:
        """Return what the template makes of just these variables."""
        given = dict(variables)
        effort = given.get("enable_thinking")
        if isinstance(effort, str):  # the server takes a boolean there, and a level by its own name
            given |= {"enable_thinking": True, "reasoning_effort": effort}
        given.setdefault("enable_thinking", None)
        return self.apply_template({"messages": [{"role": "user", "content": ""}], "chat_template_kwargs": given})

    def apply_template(self, request: Mapping[str, Any]) -> str:
        """Return the prompt of a request.

        Raises:
            EngineError: if the server answers anything else.
        """
        status, answer = _ask(self.port, "POST", "/apply-template", json.dumps(request))
        if status != http.client.OK:
            raise EngineError(f"llama-server answers {status}: {answer[:2000]}")
        prompt: str = json.loads(answer)["prompt"]
        return prompt


def find_server() -> Path | None:
    """Return the program, if there is one."""
    found = shutil.which("llama-server")
    return Path(found) if found else None


@contextmanager
def opened(program: Path, jinja: str) -> Iterator[Server]:
    """Start a server with a template."""
    with tempfile.TemporaryDirectory(prefix="olbuild-server-") as name:
        folder = Path(name)
        template, log = folder / "chat.jinja", folder / "log.txt"
        template.write_text(jinja, encoding="utf-8", newline="")
        port = _free_port()
        command = [str(program), "-m", str(write_runnable_model(folder / "model.gguf")), "--host", _HOST]
        command += ["--port", str(port), "--chat-template-file", str(template), *_OPTIONS, *_WHOLE]
        with log.open("wb") as file:
            server = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        try:
            _await(server, port, log)
            yield Server(port)
        finally:
            server.kill()
            server.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_HOST, 0))
        port: int = free.getsockname()[1]
        return port


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            if _ask(port, "GET", "/health")[0] == http.client.OK:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise EngineError(f"llama-server does not start: {log.read_text(errors='replace')[:2000]}")


def _ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(_HOST, port, timeout=_PATIENCE)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
