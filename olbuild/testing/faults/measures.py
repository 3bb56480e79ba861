"""What passed a proxy, and what of it had passed before: bytes that are sent twice, and storms of requests."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable

from msgspec import field

from olbuild.core.records import Mutable

_DIGEST = re.compile(r"/blobs/(sha256(?::|%3A)[0-9a-f]{64})")
_UPLOADS = re.compile(r"/v2/\S+/blobs/uploads|[?&]digest=sha256")


class Exchange(Mutable, kw_only=True):
    """A request and its answer. ``start`` is where the body of the answer begins in its blob.

    ``uploaded`` and ``downloaded`` are the bytes of the bodies that came from the client and went to it.
    ``credentials`` is the header ``Authorization``, ``fault`` what was done to it, ``seconds`` how long it took.
    """

    method: str
    target: str
    credentials: str | None = None
    range: str | None = None
    status: int = 0
    start: int = 0
    uploaded: int = 0
    downloaded: int = 0
    fault: str = ""
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0


def fetched(exchanges: Iterable[Exchange]) -> int:
    """Return the bytes of blobs that went to the client."""
    return sum(each.downloaded for each in exchanges if each.method == "GET" and _DIGEST.search(each.target))


def fetched_again(exchanges: Iterable[Exchange]) -> int:
    """Return the bytes of blobs that went to the client although the same bytes of the same blob had gone before."""
    pieces: dict[str, list[tuple[int, int]]] = {}
    for each in exchanges:
        found = _DIGEST.search(each.target)
        if each.method == "GET" and found and each.downloaded:
            pieces.setdefault(found[1], []).append((each.start, each.start + each.downloaded))
    again = 0
    for spans in pieces.values():
        reached = 0
        for start, end in sorted(spans):
            again += max(0, min(end, reached) - start)
            reached = max(reached, end)
    return again


def sent(exchanges: Iterable[Exchange]) -> int:
    """Return the bytes of blobs that came from the client."""
    return sum(each.uploaded for each in exchanges if _UPLOADS.search(each.target))


def sent_again(exchanges: Iterable[Exchange], size: int) -> int:
    """Return the bytes that came beyond the ``size`` that all blobs have together."""
    return max(0, sent(exchanges) - size)
