"""olbuild's own HTTP server for tests, in this process and on a free port."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.records import Frozen, replace
from olbuild.running.manager.port import Manager
from olbuild.serving.server.access import Key, Keyring
from olbuild.serving.server.context import Context
from olbuild.serving.server.exposed import expose
from olbuild.serving.server.run import HttpServer, listen
from olbuild.serving.server.settings import Settings
from olbuild.serving.server.telemetry.tracing import Tracer


class Reply(Frozen):
    """An answer, read to its end. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the body as JSON."""
        return json.loads(self.data)

    def lines(self) -> list[Any]:
        """Return the lines of the body, each as JSON."""
        return [json.loads(line) for line in self.data.splitlines()]

    def events(self) -> list[tuple[str, Any]]:
        """Return the server-sent events of the body: the name of each, and its data as JSON (or text that is none)."""
        found = []
        for block in self.data.decode().removesuffix("\n\n").split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            data = fields["data"]
            found.append((fields.get("event", ""), data if data == "[DONE]" else json.loads(data)))
        return found


class Served(Frozen):
    """A server that answers at a port of 127.0.0.1, and the store that it serves."""

    port: int
    workspace: Workspace

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask once. A body that is no bytes is sent as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            connection.request(method, path, data, dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, found, response.read())
        finally:
            connection.close()

    def post(self, path: str, body: object) -> Reply:
        """Post JSON."""
        return self.ask("POST", path, body)


@contextmanager
def served(
    home: Path,
    manager: Manager,
    settings: Settings | None = None,
    *,
    keys: Sequence[Key] = (),
    tracer: Tracer | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Served]:
    """Serve the store of a home while the context lasts. The port of the settings is not used."""
    workspace = Workspace(load_config({"home": str(home)}))
    settings = replace(settings or Settings(version="0.0.0"), port=0)
    context = Context.of(workspace, manager, settings)
    listening = listen("127.0.0.1", 0)
    app = expose(context, keyring=Keyring(keys) if keys else None, tracer=tracer).app
    server = HttpServer(app, settings.limits, signals=False, tls=tls)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            asyncio.run(server.serve([listening]))
        except BaseException as error:  # noqa: BLE001 - said below, in the test's own thread
            failures.append(error)

    thread = Thread(target=work)
    thread.start()
    try:
        yield Served(listening.getsockname()[1], workspace)
    finally:
        server.stop()
        thread.join()
        listening.close()
        context.close()
    if failures:
        raise failures[0]
