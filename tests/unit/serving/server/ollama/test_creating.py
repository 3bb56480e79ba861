"""Models made, sent and fetched over Ollama's API; the registry is olbuild's own, and real."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.testing.echoing import EchoManager
from olbuild.testing.hub import hub
from olbuild.testing.models import adapter_bytes, model_bytes
from olbuild.testing.serving import Served, served

GGUF = model_bytes("sent", seed=7)
DIGEST = f"sha256:{hashlib.sha256(GGUF).hexdigest()}"


def _send(server: Served, data: bytes) -> str:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert server.ask("POST", f"/api/blobs/{digest}", data).status == 201
    return digest


def _create(server: Served, **wanted: object) -> dict[str, object]:
    reply = server.post("/api/create", {"stream": False, **wanted})
    return {"status": reply.status, **({"error": reply.json()["error"]} if "error" in reply.json() else {})}


def test_a_file_is_taken_once_and_then_known(server: Served) -> None:
    assert server.ask("HEAD", f"/api/blobs/{DIGEST}").status == 404
    assert server.ask("POST", f"/api/blobs/{DIGEST}", GGUF).status == 201
    assert server.ask("POST", f"/api/blobs/{DIGEST.replace(':', '-')}", GGUF).status == 200
    assert server.ask("HEAD", f"/api/blobs/{DIGEST}").status == 200


def test_other_bytes_than_announced_are_not_kept(server: Served) -> None:
    reply = server.ask("POST", f"/api/blobs/{DIGEST}", b"hello")
    found = hashlib.sha256(b"hello").hexdigest()
    assert (reply.status, reply.json()) == (
        400,
        {"error": f'digest mismatch, expected "{DIGEST}", got "sha256:{found}"'},
    )
    assert server.ask("HEAD", f"/api/blobs/{DIGEST}").status == 404
    assert list((server.workspace.store.home.path / "state").rglob("uploads/*")) == []


@pytest.mark.parametrize("digest", ["sha256:zz", "md5:00", "sha512:" + "0" * 64])
def test_what_is_no_digest_is_refused(server: Served, digest: str) -> None:
    assert server.ask("HEAD", f"/api/blobs/{digest}").status == 400
    assert server.ask("POST", f"/api/blobs/{digest}", b"x").json() == {"error": "invalid digest format"}


def test_a_model_is_made_of_files(server: Served) -> None:
    weights, adapter = _send(server, GGUF), _send(server, adapter_bytes())
    reply = server.post(
        "/api/create",
        {
            "model": "Made",
            "files": {"sub/a.gguf": weights},
            "adapters": {"b.gguf": adapter},
            "template": "{{ .System }} {{ .Prompt }}",
            "system": "S",
            "license": ["MIT", "BSD"],
            "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}],
            "parameters": {"temperature": 0.5, "num_ctx": 64, "stop": ["a", "b"]},
            "renderer": "qwen3-coder",
            "parser": "qwen3-coder",
        },
    )
    lines = [line["status"] for line in reply.lines()]
    assert lines[-2:] == ["writing manifest", "success"]
    assert lines.count(f"using existing layer {weights}") == 1
    assert sum(line.startswith("creating new layer sha256:") for line in lines) == 7
    shown = server.post("/api/show", {"model": "made"}).json()
    assert shown["license"] == "MIT\nBSD"
    assert (shown["system"], shown["template"]) == ("S", "{{ .System }} {{ .Prompt }}")
    assert shown["messages"] == [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    assert shown["parameters"].splitlines() == [
        f"{'num_ctx':<30} 64",
        f'{"stop":<30} "a"',
        f'{"stop":<30} "b"',
        f"{'temperature':<30} 0.5",
    ]
    assert "RENDERER qwen3-coder\nPARSER qwen3-coder\n" in shown["modelfile"]
    assert "tools" in shown["capabilities"]


def test_a_model_is_made_of_another_one(server: Served) -> None:
    assert _create(server, model="k2", from_=None, **{"from": "SMOL"}, system="S", parameters={"stop": ["a"]}) == {
        "status": 200
    }
    shown = server.post("/api/show", {"model": "k2"}).json()
    assert (shown["system"], shown["template"], shown["parameters"]) == ("S", "{{ .Prompt }}", f'{"stop":<30} "a"')


@pytest.mark.parametrize(
    ("wanted", "status", "text"),
    [
        ({}, 400, "invalid model name"),
        ({"model": "bad name", "from": "smol"}, 400, "invalid model name"),
        ({"model": "x"}, 400, "neither 'from' or 'files' was specified"),
        ({"model": "x", "modelfile": "FROM smol"}, 400, "neither 'from' or 'files' was specified"),
        ({"model": "x", "files": {"../a": DIGEST}}, 400, "file path must be relative"),
        ({"model": "x", "files": {"a": ""}}, 400, "invalid digest format"),
        ({"model": "x", "from": "smol", "draft_quantize": "q8_0"}, 400, "--draft-quantize requires a DRAFT model"),
    ],
)
def test_what_cannot_be_made_is_refused_at_once(
    server: Served, wanted: dict[str, object], status: int, text: str
) -> None:
    reply = server.post("/api/create", wanted)
    assert (reply.status, reply.json()) == (status, {"error": text})


@pytest.mark.parametrize(
    ("wanted", "status", "text"),
    [
        ({"files": {"a.gguf": DIGEST}}, 500, "is not here"),
        ({"files": {"a.txt": DIGEST}}, 400, "is not here"),
        ({"files": {"a.gguf": "zz"}}, 500, "invalid digest format"),
        ({"from": "nope"}, 500, "nope"),
        ({"from": "smol", "quantize": "q4_0"}, 500, "unsupported quantization type Q4_0 - supported types are F32"),
        ({"from": "smol", "quantize": "q8_0"}, 500, "cannot convert weights"),
        ({"from": "smol", "template": "{{ .Prompt"}, 400, "template error"),
        ({"from": "smol", "license": 5}, 500, "license"),
        ({"from": "smol", "parameters": {"temperature": "a"}}, 400, "temperature"),
        ({"from": "smol", "messages": [{"role": "banana", "content": "a"}]}, 400, "role"),
        ({"from": "smol", "parameters": {"stop": [5]}}, 400, "parameter stop"),
    ],
)
def test_what_fails_on_the_way_says_why(server: Served, wanted: dict[str, object], status: int, text: str) -> None:
    made = _create(server, model="x", **wanted)
    assert made["status"] == status
    assert text in str(made["error"])
    assert server.post("/api/show", {"model": "x"}).status == 404


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Serve an empty registry."""
    with hub(tmp_path / "registry") as host:
        yield host


def test_a_model_goes_to_a_registry_and_comes_from_it(server: Served, registry: str, tmp_path: Path) -> None:
    name = f"{registry}/me/smol:v1"
    server.post("/api/copy", {"source": "smol", "destination": name})
    pushed = server.post("/api/push", {"model": name, "insecure": True}).lines()
    assert pushed[0] == {"status": "retrieving manifest"}
    assert pushed[-2:] == [{"status": "pushing manifest"}, {"status": "success"}]
    assert {"status", "digest", "total", "completed"} <= pushed[-3].keys()
    with served(tmp_path / "other", EchoManager()) as other:
        pulled = other.post("/api/pull", {"name": name}).lines()
        assert [line["status"] for line in (pulled[0], *pulled[-3:])] == [
            "pulling manifest",
            "verifying sha256 digest",
            "writing manifest",
            "success",
        ]
        moved = [line for line in pulled if "digest" in line]
        assert all(line["status"] == f"pulling {line['digest'][7:19]}" for line in moved)
        last = {line["digest"]: line for line in moved}
        assert all(line["completed"] == line["total"] for line in last.values())
        assert other.post("/api/show", {"model": name}).status == 200


def test_what_is_here_needs_no_registry(server: Served) -> None:
    reply = server.post("/api/pull", {"model": "smol", "stream": False})
    assert (reply.status, reply.json()) == (200, {"status": "success"})


@pytest.mark.parametrize(
    ("path", "name", "lines"),
    [
        ("/api/push", "nope", ["retrieving manifest", "couldn't retrieve manifest"]),
        ("/api/push", "bad name", ["retrieving manifest", "couldn't retrieve manifest"]),
        ("/api/push", "smol", ["retrieving manifest"]),
        ("/api/pull", "nope", ["pulling manifest"]),
        ("/api/pull", "127.0.0.1:1/me/x", ["pulling manifest"]),
    ],
)
def test_an_error_on_the_way_is_the_last_line_or_a_500(server: Served, path: str, name: str, lines: list[str]) -> None:
    streamed = server.post(path, {"model": name})
    assert streamed.status == 200
    *before, last = streamed.lines()
    assert [line["status"] for line in before] == lines
    assert list(last) == ["error"]
    whole = server.post(path, {"model": name, "stream": False})
    assert (whole.status, list(whole.json())) == (500, ["error"])


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/api/pull", {}, "invalid model name"),
        ("/api/pull", {"model": "bad name"}, "invalid model name"),
        ("/api/push", {}, "model is required"),
    ],
)
def test_a_name_is_needed(server: Served, path: str, body: object, text: str) -> None:
    reply = server.post(path, body)
    assert (reply.status, reply.json()) == (400, {"error": text})
