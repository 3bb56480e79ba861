"""Probes."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from olbuild.serving.server.telemetry.health import Health
from olbuild.serving.server.telemetry.metrics import Metrics
from olbuild.testing.serving import Served


def test_a_server_is_healthy_and_ready(server: Served) -> None:
    assert server.ask("GET", "/healthz").json() == {"status": "ok"}
    assert server.ask("GET", "/readyz").json() == {"status": "ready"}
    assert server.ask("HEAD", "/healthz").status == 200


def test_without_its_store_it_is_not_ready(server: Served, home: Path) -> None:
    (home / "store" / "index.json").write_text("nonsense")
    reply = server.ask("GET", "/readyz")
    assert (reply.status, reply.json()) == (503, {"status": "the store cannot be read"})
    assert server.ask("GET", "/healthz").status == 200


def test_at_its_end_it_is_not_ready() -> None:
    health = Health(Metrics())
    health.end()
    nothing: Any = SimpleNamespace()
    ready = health.api.paths["/readyz"]["GET"]
    assert asyncio.run(_status(ready, nothing)) == 503


async def _status(handler: Any, nothing: Any) -> int:  # noqa: ANN401 - a handler that looks at neither
    return int((await handler(nothing, nothing)).status_code)
