"""One version of an open text, with what can be computed of it. A change makes a new one."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from olbuild.core.text import Source
from olbuild.editor.text.names import Named, names
from olbuild.editor.text.positions import Encoding, Position, Positions
from olbuild.language.lint.subject import Page
from olbuild.language.modelfile import Dialect
from olbuild.language.modelfile.nodes import Node

_SURROGATE = re.compile("[\ud800-\udfff]")
_MARK = "\ufeff"
SLOW = 200_000
"""Characters from which on a text is computed with outside of the loop that answers."""


@dataclass(frozen=True)
class Change:
    """``start`` and ``end`` are positions of the text before it; without them it is a whole new text."""

    text: str
    start: Position | None = None
    end: Position | None = None


@dataclass(frozen=True, kw_only=True)
class Document:
    """A version of a text. ``path`` is ``None`` if it is in no file.

    What an editor sends has passed through JSON: halves of characters become U+FFFD, which changes no position.
    """

    uri: str
    version: int
    positions: Positions = field(repr=False)
    path: Path | None
    dialect: Dialect

    @classmethod
    def open(
        cls, uri: str, version: int, text: str, *, encoding: Encoding, path: Path | None, dialect: Dialect
    ) -> Document:
        """Open a text."""
        return cls(uri=uri, version=version, positions=Positions(_whole(text), encoding), path=path, dialect=dialect)

    def changed(self, version: int, changes: Iterable[Change]) -> Document:
        """Return the text after changes, each of which applies to the result of the one before."""
        positions = self.positions
        for change in changes:
            if change.start is None or change.end is None:
                positions = Positions(_whole(change.text), positions.encoding)
                continue
            start, end = positions.offset(change.start), positions.offset(change.end)
            positions = positions.edited(min(start, end), max(start, end), _whole(change.text))
        return Document(uri=self.uri, version=version, positions=positions, path=self.path, dialect=self.dialect)

    @property
    def name(self) -> str:
        """What findings call it."""
        return str(self.path) if self.path else "Modelfile"

    @property
    def folder(self) -> Path:
        """Where relative paths begin."""
        return self.path.parent if self.path else Path.cwd()

    @property
    def is_slow(self) -> bool:
        """Whether to compute with it outside of the loop that answers."""
        return len(self.positions.text) > SLOW

    @property
    def text(self) -> str:
        """The text without a byte order mark: what the language sees."""
        return self.positions.text.lstrip(_MARK)

    @property
    def shift(self) -> int:
        """How many characters of the editor's text stand before the first one that the language sees."""
        return len(self.positions.text) - len(self.text)

    @cached_property
    def source(self) -> Source:
        """The text as the language reads it."""
        return Source(self.name, self.text)

    @cached_property
    def page(self) -> Page:
        """Its lines, flawed ones included."""
        return Page.read(self.source, self.dialect)

    @cached_property
    def node_starts(self) -> list[int]:
        """Where each of its lines begins."""
        return [node.extent.start for node in self.page.nodes]

    @cached_property
    def names(self) -> tuple[Named, ...]:
        """Where arguments and stages are declared and used, in the order of places."""
        return names(self.page, self.dialect)

    def named_at(self, offset: int) -> Named | None:
        """Return the argument or the stage whose name stands at an offset of the language's text."""
        return next((each for each in self.names if each.start <= offset <= each.end), None)

    def node_at(self, offset: int) -> Node | None:
        """Return the line that stands at an offset of the language's text, or ends there."""
        index = bisect_right(self.node_starts, offset) - 1
        if index < 0:
            return None
        node = self.page.nodes[index]
        return node if offset <= node.extent.end else None

    def offset(self, position: Position) -> int:
        """Return the offset in the language's text of a position."""
        return max(self.positions.offset(position) - self.shift, 0)

    def position(self, offset: int) -> Position:
        """Return the position of an offset in the language's text."""
        return self.positions.position(offset + self.shift)


def _whole(text: str) -> str:
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
