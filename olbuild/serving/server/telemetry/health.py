"""``/healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from olbuild.core.errors import OlbuildError
from olbuild.serving.server.answers import answer
from olbuild.serving.server.context import Context
from olbuild.serving.server.errors import Failure
from olbuild.serving.server.routing import Api
from olbuild.serving.server.telemetry.metrics import MEDIA_TYPE, Metrics


class Health:
    """Says how the server is."""

    def __init__(self, metrics: Metrics) -> None:
        """Answer with these metrics."""
        self._metrics = metrics
        self._ending = False

    def end(self) -> None:
        """Say from now on that the server shall get no further requests."""
        self._ending = True

    @property
    def api(self) -> Api:
        """The paths."""
        return Api(
            shape=_shape,
            paths={
                "/healthz": {"GET": self._healthy, "HEAD": self._healthy},
                "/readyz": {"GET": self._ready, "HEAD": self._ready},
                "/metrics": {"GET": self._exposed},
            },
        )

    async def _healthy(self, _context: Context, _request: Request) -> Response:
        """Say that the server answers."""
        return answer({"status": "ok"})

    async def _ready(self, context: Context, _request: Request) -> Response:
        """Say whether it can take requests: its store can be read, and it is not ending."""
        if self._ending:
            return answer({"status": "ending"}, 503)
        try:
            await asyncio.to_thread(context.models.all)
        except OlbuildError:
            return answer({"status": "the store cannot be read"}, 503)
        return answer({"status": "ready"})

    async def _exposed(self, context: Context, _request: Request) -> Response:
        """Show the metrics."""
        self._metrics.loaded(context.manager.running())
        text = await asyncio.to_thread(self._metrics.exposition)
        return Response(text, headers={"content-type": MEDIA_TYPE})


def _shape(failure: Failure) -> object:
    return {"error": failure.message}
