"""How commands say what a server says."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from olbuild.cli.server import client_of, processor, span, until
from olbuild.core.errors import UsageError
from olbuild.testing.echoing import EchoManager
from olbuild.testing.serving import served
from tests.command import olbuild

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "Less than a second"),
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "About a minute"),
        (299, "4 minutes"),
        (3600, "About an hour"),
        (5400, "2 hours"),
        (47 * 3600, "47 hours"),
        (5 * 86400, "5 days"),
        (20 * 86400, "2 weeks"),
        (100 * 86400, "3 months"),
        (800 * 86400, "2 years"),
    ],
)
def test_spans(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_only_http_is_spoken() -> None:
    assert str(client_of("example.com").host) == "http://example.com:11434"
    with pytest.raises(UsageError, match="no server of models"):
        client_of("htp://example.com")


def test_when_a_model_goes() -> None:
    assert until((NOW + timedelta(seconds=299)).isoformat(), NOW) == "4 minutes from now"
    assert until("2026-11-26T00:04:59.724654639Z", NOW) == "4 minutes from now"
    assert until("2318-01-01T00:00:00Z", NOW) == "Forever"
    assert until("2026-11-25T00:00:00Z", NOW) == "Stopping..."


@pytest.mark.parametrize(
    ("size", "graphics", "text"),
    [(100, 0, "100% CPU"), (100, 100, "100% GPU"), (100, 52, "48%/52% CPU/GPU"), (100, 200, "Unknown")],
)
def test_where_a_model_is(size: int, graphics: int, text: str) -> None:
    assert processor({"size": size, "size_vram": graphics}) == text


def test_what_is_loaded_is_listed_and_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from olbuild.api.building import BuildRequest, build
    from olbuild.testing.models import model_bytes

    (tmp_path / "tiny.gguf").write_bytes(model_bytes())
    manager = EchoManager()
    with served(tmp_path / "home", manager) as server:
        build(server.workspace, BuildRequest(data=b"FROM ./tiny.gguf\n", name="M", folder=tmp_path), ("smol",))
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        assert olbuild("ps").stdout.split() == ["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"]
        server.post("/api/generate", {"model": "smol", "keep_alive": -1})
        lines = olbuild("ps").stdout.splitlines()
        assert lines[1].split("   ")[0] == "smol:latest"
        assert lines[1].endswith("Forever")
        assert '"smol:latest"' in olbuild("ps", "--json").stdout
        assert olbuild("ps", "--quiet", "other").stdout == ""
        assert olbuild("stop", "smol").stderr == "stopped smol\n"
        assert manager.running() == ()
        assert olbuild("stop", "smol").stderr == "smol was not loaded\n"
        olbuild("stop", "nope", expect=4)
