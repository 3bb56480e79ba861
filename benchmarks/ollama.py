"""Ollama as a peer, where it is installed: a server of its own, with a model made of the same file."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import free_port, run, wait_for

_PATIENCE = 60.0


def program() -> str | None:
    """Return where Ollama is, if it is installed."""
    return shutil.which("ollama")


@contextmanager
def serve(ollama: str, home: Path, name: str, modelfile: Path, context: int | None = None) -> Iterator[int]:
    """Start a server that has a model, which is not loaded; yield its port.

    Args:
        ollama: the program.
        home: a folder for its models, which are kept there, and its key.
        name: the name of the model.
        modelfile: what it is made of, if it is not there yet.
        context: tokens of each context; ``None`` leaves it to Ollama.
    """
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OLLAMA_")}
    environment |= {"HOME": str(home), "OLLAMA_HOST": f"127.0.0.1:{port}"}
    if context is not None:
        environment["OLLAMA_CONTEXT_LENGTH"] = str(context)
    quiet = subprocess.DEVNULL
    with subprocess.Popen([ollama, "serve"], env=environment, stdout=quiet, stderr=quiet) as process:
        try:
            wait_for(port, "/api/version", "Ollama")
            run([ollama, "create", name, "-f", str(modelfile)], environment)
            yield port
        finally:
            process.terminate()


def unload(port: int, name: str) -> None:
    """Have a model out of memory."""
    post(port, "/api/generate", {"model": name, "keep_alive": 0})
    deadline = time.monotonic() + _PATIENCE
    while json.loads(post(port, "/api/ps"))["models"]:
        if time.monotonic() > deadline:
            sys.exit("Ollama does not unload the model")
        time.sleep(0.05)
    time.sleep(0.5)  # its process ends after that


def post(port: int, path: str, body: object = None) -> bytes:
    """Ask, and return the whole answer; without a body it is a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        return connection.getresponse().read()
    finally:
        connection.close()


def first_text(port: int, name: str, question: str, tokens: int) -> float:
    """Ask for a streamed answer; return the seconds until its first text."""
    body = {
        "model": name,
        "messages": [{"role": "user", "content": question}],
        "options": {"temperature": 0, "num_predict": tokens},
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    started = time.perf_counter()
    try:
        connection.request("POST", "/api/chat", json.dumps(body))
        first = 0.0
        for line in connection.getresponse():
            if not first and json.loads(line).get("message", {}).get("content"):
                first = time.perf_counter() - started
        return first or sys.exit(f"Ollama gives no answer: {line!r}")
    finally:
        connection.close()
