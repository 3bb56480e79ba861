"""Content whose readers are slow one by one and faster together, such as a blob in a registry."""

from __future__ import annotations

from typing import Protocol, cast

from olbuild.core.content.handles import Content, Reader


class WholeOnlyError(Exception):
    """The source can only be read from its start: it has no ranges."""


class Slots(Protocol):
    """How many readers may be open at once, counted over all content of one source."""

    @property
    def most(self) -> int:
        """The limit."""
        ...

    @property
    def likely(self) -> int:
        """How many readers were best before; 1 if that is not known."""
        ...

    @property
    def ranges(self) -> bool | None:
        """Whether the source can be read from the middle; ``None`` if that is not known."""
        ...

    def learn(self, *, ranges: bool, readers: int = 1) -> None:
        """Remember whether there are ranges, and with how many readers it went best."""
        ...

    @property
    def crowded(self) -> bool:
        """Whether more are taken than the limit says, so that one that can be spared should go."""
        ...

    def take(self, *, first: bool) -> bool:
        """Take a slot if one is free. The first one of some content is always given: work must not wait for work."""
        ...

    def give(self) -> None:
        """Give a slot back."""
        ...


class ParallelContent(Content, Protocol):
    """Content that several readers read faster than one. A reader may be ended by closing it, at any byte."""

    @property
    def parallel(self) -> Slots | None:
        """What limits the readers; ``None`` if more than one would bring nothing."""
        ...

    def open_part(self, offset: int, size: int) -> Reader:
        """Begin to read ``size`` bytes at an offset.

        The first read of what is returned raises ``WholeOnlyError`` if that would take reading everything before.
        """
        ...


def as_parallel(content: Content) -> ParallelContent | None:
    """Return content as one that is worth several readers, ``None`` if it is none."""
    if getattr(content, "parallel", None) is None:
        return None
    return cast("ParallelContent", content)


def open_part(content: Content, offset: int, size: int) -> Reader:
    """Begin to read a part of any content; see ``ParallelContent.open_part``."""
    parallel = as_parallel(content)
    return content.open(offset, size) if parallel is None else parallel.open_part(offset, size)
