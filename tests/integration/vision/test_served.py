"""Images from the APIs to the model: an artifact with a projector, as ``build`` makes it and ``serve`` serves it."""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import olbuild
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from tests.command import OLBUILD
from tests.command import olbuild as run_olbuild
from tests.integration.serving.conftest import Server, serving
from tests.integration.vision.tiny import Kind, Seeing, png

CAT, DOG = png(100, 60, 1), png(40, 90, 2)
MODELFILE = '''FROM ./model.gguf
FROM ./mmproj.gguf
TEMPLATE """{{ range .Messages }}<{{ .Role }}> {{ .Content }}
{{ end }}<assistant> """
PARAMETER temperature 0
PARAMETER num_predict 12
PARAMETER repeat_penalty 1
'''


@pytest.fixture(scope="module")
def home(models: Callable[[Kind], Seeing], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose store has ``eye``, and ``blind`` without the projector."""
    seeing = models("idefics3")
    home = tmp_path_factory.mktemp("home")
    for name, text in (("eye", MODELFILE), ("blind", MODELFILE.replace("FROM ./mmproj.gguf\n", ""))):
        (seeing.weights.parent / "Modelfile").write_text(text)
        command = [str(OLBUILD), "build", "-t", name, "--home", str(home), str(seeing.weights.parent)]
        subprocess.run(command, check=True, capture_output=True)
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    """Serve them; many with the same kernels as one, since this model often finds two tokens equally good."""
    with serving(home, settings={"OLLAMA_FLASH_ATTENTION": "1"}) as running:
        yield running


def post(server: Server, path: str, body: object) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def encoded(image: bytes) -> str:
    return base64.b64encode(image).decode()


def url(image: bytes) -> str:
    return f"data:image/png;base64,{encoded(image)}"


def ollama(server: Server, *images: bytes, content: str = "describe", **fields: object) -> tuple[int, Any]:
    message = {"role": "user", "content": content, "images": [encoded(image) for image in images]}
    return post(server, "/api/chat", {"model": "eye", "messages": [message], "stream": False, **fields})


def openai(server: Server, *parts: str | bytes, **fields: object) -> tuple[int, Any]:
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": url(part)}}
        for part in parts
    ]
    messages = [{"role": "user", "content": content}]
    return post(server, "/v1/chat/completions", {"model": "eye", "messages": messages, **fields})


def anthropic(server: Server, *parts: str | bytes, **fields: object) -> tuple[int, Any]:
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": encoded(part)}}
        for part in parts
    ]
    messages = [{"role": "user", "content": content}]
    return post(server, "/v1/messages", {"model": "eye", "messages": messages, "max_tokens": 12, **fields})


def responses(server: Server, *parts: str | bytes) -> tuple[int, Any]:
    content = [
        {"type": "input_text", "text": part}
        if isinstance(part, str)
        else {"type": "input_image", "image_url": url(part)}
        for part in parts
    ]
    return post(server, "/v1/responses", {"model": "eye", "input": [{"role": "user", "content": content}]})


def text_of(answer: tuple[int, Any]) -> str:
    status, body = answer
    assert status == 200, body
    if "message" in body:
        return str(body["message"]["content"])
    if "choices" in body:
        return str(body["choices"][0]["message"]["content"])
    part = body["output"][-1]["content"][0] if "output" in body else body["content"][0]
    return str(part["text"])


def test_all_apis_show_the_model_the_same(server: Server) -> None:
    cat = text_of(ollama(server, CAT))
    assert text_of(ollama(server, DOG)) != cat
    assert text_of(openai(server, CAT, "describe")) == cat
    assert text_of(anthropic(server, CAT, "describe")) == cat
    assert text_of(responses(server, CAT, "describe")) == cat
    generate = {"model": "eye", "prompt": "describe", "images": [encoded(CAT)], "stream": False}
    assert post(server, "/api/generate", generate)[1]["response"] == cat


def test_images_keep_their_places(server: Server) -> None:
    both = text_of(openai(server, "one ", CAT, "two", DOG, "what?"))
    assert text_of(ollama(server, CAT, DOG, content="one [img]two[img]what?")) == both
    assert text_of(anthropic(server, "one ", CAT, "two", DOG, "what?")) == both
    assert text_of(openai(server, "one ", DOG, "two", CAT, "what?")) != both


def test_many_users_see_their_own_images(server: Server) -> None:
    images = [png(50 + number, 70, 300 + number) for number in range(8)]
    alone = [text_of(ollama(server, image)) for image in images]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda image: text_of(ollama(server, image)), images))
    assert together == alone


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (b"hello", "it is not PNG, JPEG, GIF or BMP"),
        (CAT[:200], "it is broken"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0\0\xff\xff" * 2 + bytes(20), "it has 65535 x 65535 pixels"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "it is WebP"),
        (b"RIFF\0\0\0\0WAVEfmt ", "it is sound"),
    ],
)
def test_what_is_no_image_is_named(server: Server, image: bytes, reason: str) -> None:
    where = f"messages[0].images[1]: {reason}"
    status, body = ollama(server, CAT, image)
    assert (status, where in body["error"]) == (400, True)
    status, body = openai(server, CAT, image, "x")
    assert (status, where in body["error"]["message"]) == (400, True)
    assert body["error"]["type"] == "invalid_request_error"
    status, body = anthropic(server, CAT, image, "x")
    assert (status, where in body["error"]["message"]) == (400, True)
    assert body["error"]["type"] == "invalid_request_error"
    status, body = responses(server, CAT, image, "x")
    assert (status, where in body["error"]["message"]) == (400, True)


def test_a_model_without_a_projector(server: Server) -> None:
    status, body = ollama(server, CAT, model="blind")
    assert (status, "vision" in body["error"]) == (400, True)
    assert openai(server, CAT, "x", model="blind")[0] == 400
    assert anthropic(server, CAT, "x", model="blind")[0] == 400


def test_capabilities_tell_of_the_projector(server: Server) -> None:
    assert "vision" in post(server, "/api/show", {"model": "eye"})[1]["capabilities"]
    assert "vision" not in post(server, "/api/show", {"model": "blind"})[1]["capabilities"]


def test_run_takes_images_by_their_paths(server: Server, tmp_path: Path) -> None:
    (tmp_path / "my cat.png").write_bytes(CAT)
    question = f"'{tmp_path}/my cat.png' describe"
    expected = text_of(ollama(server, CAT)).strip()
    assert run_olbuild("run", "eye", question, environment=server.environment).stdout.strip() == expected
    remote = run_olbuild("run", "--host", server.url, "eye", question, environment=server.environment)
    assert remote.stdout.strip() == expected


def test_a_loaded_model_sees(server: Server, home: Path) -> None:
    with olbuild.load("eye", workspace=Workspace(load_config({"home": str(home), "offline": True}))) as model:
        assert "vision" in model.facts.capabilities
        answer = model.chat([{"role": "user", "content": "describe", "images": [CAT]}])
        assert answer.text == text_of(ollama(server, CAT))
        again = model.chat([{"role": "user", "content": "describe", "images": [CAT]}])
        assert again.done.cached_tokens == again.done.prompt_tokens - 1
