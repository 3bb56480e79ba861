"""How the server is run."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.core.keys import KEYS
from olbuild.core.records import Frozen
from olbuild.serving.wire.host import DEFAULT_PORT


class Limits(Frozen, kw_only=True):
    """What a client may take. Times in seconds, sizes in bytes.

    Attributes:
        header_bytes, header_seconds: of the headers of a request, and of the wait for them, or for TLS.
        body_bytes: of the body of a request; images travel in it.
        bodies_bytes: of all bodies together that are being read.
        body_seconds: longest pause within a body.
        body_rate: fewest bytes a second in which a body may come, on average.
        upload_bytes: of a file that is sent for ``create``.
        write_seconds: how long a client may leave what it asked for unread.
        idle_seconds: how long a connection may wait for its next request.
        connections: open at once.
        queued_bytes: of an answer that wait for a slow reader before its model waits, too.
        drain_seconds: how long answers may go on after the server was told to end.
    """

    header_bytes: int = 64 << 10
    header_seconds: float = 30.0
    body_bytes: int = 64 << 20
    bodies_bytes: int = 512 << 20
    body_seconds: float = 60.0
    body_rate: int = 1 << 10
    upload_bytes: int = 1 << 40
    write_seconds: float = 60.0
    idle_seconds: int = 120
    connections: int = 1024
    queued_bytes: int = 1 << 20
    drain_seconds: float = 30.0


class Settings(Frozen, kw_only=True):
    """Settings of one server.

    Attributes:
        host, port: where it listens; port 0 is any that is free.
        origins: further web pages that may use it (``OLLAMA_ORIGINS``), ``*`` in a pattern stands for anything.
        version: what ``/api/version`` says.
        limits: what a client may take.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    origins: tuple[str, ...] = ()
    version: str = ""
    limits: Limits = Limits()


_HONOURED = {"OLLAMA_HOST", "OLLAMA_ORIGINS", "OLLAMA_MODELS", *(key.variable for key in KEYS)}


def unquoted(environment: Mapping[str, str], name: str) -> str:
    """Return a variable as Ollama reads it: without blanks and quotes around it."""
    return environment.get(name, "").strip(" \t\r\n\"'")


def read_origins(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what ``OLLAMA_ORIGINS`` says."""
    return tuple(part.strip() for part in unquoted(environment, "OLLAMA_ORIGINS").split(",") if part.strip())


def ignored(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables of Ollama's that are set and mean nothing here, sorted."""
    return tuple(sorted(name for name in environment if name.startswith("OLLAMA_") and name not in _HONOURED))
