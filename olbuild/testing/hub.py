"""olbuild's own registry for tests, in this process and on a free port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.core.records import replace
from olbuild.serving.hub.run import Options, registry


@contextmanager
def hub(home: Path, options: Options | None = None) -> Iterator[str]:
    """Serve the store of a home while the context lasts; return ``HOST:PORT``. The port of the options is not used."""
    workspace = Workspace(load_config({"home": str(home)}))
    with registry(workspace, replace(options or Options(), port=0)) as (server, _):
        thread = Thread(target=server.serve)
        thread.start()
        try:
            host, port = server.address
            yield f"{host}:{port}"
        finally:
            server.stop()
            thread.join()
