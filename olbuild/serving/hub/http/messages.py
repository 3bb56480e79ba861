"""Requests and responses (RFC 9110)."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from msgspec import field

from olbuild.core.content import Reader
from olbuild.core.records import Frozen

Headers: TypeAlias = Mapping[str, str]
"""Header fields by their lower-case names; what came several times is joined with commas."""


class Body(Reader, Protocol):
    """The body of a request; ``size`` in bytes if it was announced."""

    @property
    def size(self) -> int | None:
        """How many bytes were announced; ``None`` if the body says itself where it ends."""
        ...

    def abandon(self) -> None:
        """End the connection on which it comes, from another thread: whoever reads it fails."""
        ...


class Request(Frozen, kw_only=True):
    """A request. ``path`` is decoded; of a parameter that came several times ``query`` has the first."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Headers
    body: Body


class FileBody(Frozen):
    """A part of an open file; whoever sends the response closes it. Offset and size are in bytes.

    Of a file that is still growing, ``available`` waits until there is something behind an offset, and returns where
    that ends. It raises ``Gone`` if the file will not become whole.
    """

    file: io.FileIO
    offset: int
    size: int
    available: Callable[[int], int] | None = None


class Response(Frozen, kw_only=True):
    """An answer. The length is added, and for HEAD the body is left out."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes | FileBody = b""

    @property
    def size(self) -> int:
        """How many bytes the body has."""
        return self.body.size if isinstance(self.body, FileBody) else len(self.body)

    def close(self) -> None:
        """Close what the body holds open."""
        if isinstance(self.body, FileBody):
            self.body.file.close()
