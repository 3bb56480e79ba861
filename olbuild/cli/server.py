"""Which server a command asks, and how it says times and places as Ollama does."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.serving.client import Client

Host: TypeAlias = Annotated[
    str | None,
    typer.Option("--host", metavar="URL", help="The server. [default: OLLAMA_HOST, or 127.0.0.1:11434]"),
]

_FOR_EVER_SECONDS = 20 * 365 * 24 * 3600.0
_UNITS = (
    # up to so many seconds, what one of them is called, what several are, seconds of one
    (60.0, "second", "seconds", 1.0),
    (3600.0, "About a minute", "minutes", 60.0),
    (48 * 3600.0, "About an hour", "hours", 3600.0),
    (14 * 86400.0, "day", "days", 86400.0),
    (60 * 86400.0, "week", "weeks", 7 * 86400.0),
    (2 * 365 * 86400.0, "month", "months", 30 * 86400.0),
    (float("inf"), "year", "years", 365 * 86400.0),
)


def client_of(host: str | None) -> Client:
    """Return a client of the server that is meant.

    Raises:
        UsageError: if it would have to speak something else than HTTP.
    """
    from olbuild.serving.client import Client
    from olbuild.serving.wire.host import read_host

    meant = read_host(host or os.environ.get("OLLAMA_HOST", ""))
    if meant.scheme not in {"http", "https"}:
        raise UsageError(f"{meant} is no server of models", hint="write HOST:PORT, or http:// or https:// in front")
    return Client(meant, key=os.environ.get("OLBUILD_API_KEY", ""))


def until(stamp: str, now: datetime | None = None) -> str:
    """Say when a time of RFC 3339 comes: ``4 minutes from now``, ``Forever``, ``Stopping...``."""
    seconds = (_moment(stamp) - (now or datetime.now(UTC))).total_seconds()
    if seconds > _FOR_EVER_SECONDS:
        return "Forever"
    if seconds <= 0:
        return "Stopping..."
    return f"{span(seconds)} from now"


def span(seconds: float) -> str:
    """Say a time as Ollama does (``format.HumanDuration``)."""
    if seconds < 1:
        return "Less than a second"
    _, one, several, unit = next(row for row in _UNITS if seconds < row[0])
    count = round(seconds / unit) if unit == 3600.0 else int(seconds / unit)  # noqa: PLR2004 - it rounds hours only
    if count <= 1:
        return one if one.startswith("About") else f"1 {one}"
    return f"{count} {several}"


def processor(model: dict[str, Any]) -> str:
    """Say where a model is: ``100% CPU``, ``48%/52% CPU/GPU``."""
    size, graphics = int(model.get("size", 0)), int(model.get("size_vram", 0))
    if graphics == 0:
        return "100% CPU"
    if size <= 0 or graphics > size:
        return "Unknown"
    if graphics == size:
        return "100% GPU"
    share = round(100 * (size - graphics) / size)
    return f"{share}%/{100 - share}% CPU/GPU"


def _moment(stamp: str) -> datetime:
    """Read RFC 3339; of the fraction Python keeps six digits."""
    return datetime.fromisoformat(stamp)
