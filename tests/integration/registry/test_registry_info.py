"""What is known of a registry is shown, tried out and forgotten."""

import json
from pathlib import Path

import pytest

from olbuild.storage.copy import copy
from olbuild.testing.registries import KINDS, Kind, start_registry
from tests.command import olbuild
from tests.integration.registry.faulty import Answer, Faulty
from tests.integration.registry.samples import artifact, target

pytestmark = pytest.mark.integration

EXPECTED = {
    "docker-registry": {
        "ranges": True,
        "sessions": False,
        "streams": False,
        "mounts": True,
        "referrers": False,
        "auth": "none",
    },
    "distribution": {
        "ranges": True,
        "sessions": True,
        "streams": True,
        "mounts": True,
        "referrers": False,
        "auth": "none",
    },
    "olbuild": {"ranges": True, "sessions": True, "streams": False, "mounts": True, "referrers": True, "auth": "none"},
    "crane": {"ranges": True, "sessions": False, "streams": False, "mounts": False, "referrers": False, "auth": "none"},
}


def learnt(*words: str) -> dict[str, object]:
    shown = json.loads(olbuild("registry", "info", "--json", *words).stdout)
    return {name: each["value"] for name, each in shown["learnt"].items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_probe_tells_registries_apart(kind: Kind, tmp_path: Path) -> None:
    source, root = artifact(b"to try with")
    with start_registry(kind, tmp_path) as running:
        copy(source, target(running.host), root, name="v1")
        assert learnt(running.host) == {}
        assert learnt("--probe", f"{running.host}/me/model:v1") == EXPECTED[kind]
        assert learnt(running.host) == EXPECTED[kind]
        assert "sessions" in olbuild("registry", "info", running.host).stdout
        assert "forgot" in olbuild("registry", "info", "--forget", running.host).stderr
        assert learnt(running.host) == {}
        assert list(target(running.host).names()) == ["v1"]


def test_without_a_repository_only_the_login_is_found_out(server: Faulty) -> None:
    server.respond = lambda _seen: server.bearer("http://127.0.0.1:9/token")
    assert learnt("--probe", server.host) == {"auth": "bearer"}
    assert [(seen.method, seen.target) for seen in server.seen] == [("GET", "/v2/")]


def test_a_host_that_is_no_registry(server: Faulty) -> None:
    server.respond = lambda _seen: Answer(headers={"Content-Type": "text/html"}, status=500, body=b"<html>")
    assert "a web page" in olbuild("registry", "info", "--probe", server.host, expect=6).stderr


def test_words_that_do_not_go_together() -> None:
    olbuild("registry", "info", "--probe", "--forget", "ghcr.io", expect=2)
    olbuild("registry", "info", "--probe", "--offline", "ghcr.io", expect=2)
    olbuild("registry", "info", "me/assistant", expect=2)
