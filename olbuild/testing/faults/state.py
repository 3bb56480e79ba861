"""What the proxy and its connections share: how requests are carried on, and what was seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from olbuild.testing.faults.data import Plan
from olbuild.testing.faults.measures import Exchange


@dataclass(kw_only=True)
class State:
    """How a proxy behaves, and what it saw.

    Args:
        upstream: host and port of the registry, which speaks HTTP without TLS.
        latency: seconds of a round trip: one is waited for each new connection and one for each request.
        rate: bytes a second that one connection carries at most in a direction; ``None`` for no limit.
        prefix: where the registry has its API, such as ``/under/here``: ``/v2/…`` is asked for there. Addresses that it
            answers with are left as they are, so they lie under that path.
        headers: added to each request for the registry, such as the credentials of a host of signed addresses.
        certificate: a file with key and certificate, to speak TLS.

    ``host`` is what a reference begins with. ``exchanges`` keeps every request, in the order of their arrival.
    """

    upstream: str
    latency: float = 0.0
    rate: float | None = None
    prefix: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    certificate: Path | None = None
    host: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    plan: Plan = field(default_factory=Plan)
    redirects: Iterator[int] = field(default_factory=lambda: count(1))
    stopped: threading.Event = field(default_factory=threading.Event)
