"""The second tree: what stands on each line of a Modelfile, good or flawed, with its place in the source."""

from __future__ import annotations

from typing import Literal, TypeAlias

from olbuild.core.records import Frozen
from olbuild.core.text import Span

Quote = Literal["", '"', '"""']


class Word(Frozen):
    """A keyword, a parameter's name, a role, or the rest of a flawed line."""

    text: str
    span: Span


class Value(Frozen):
    """A value without its quotes. The span covers the quotes and, when ``closed`` is false, everything behind them."""

    text: str
    span: Span
    quote: Quote
    closed: bool = True


class Flag(Frozen):
    """``--name=value`` before a value: its name without the dashes, its value without quotes, and all of its place."""

    name: str
    value: str
    span: Span


class Extent(Frozen, kw_only=True):
    """Original offsets of a line: where it begins, where its free text begins, and where its line ending stands.

    Free text is a value or a comment: there, and only there, unprintable characters are dropped without harm.
    """

    start: int
    body: int
    end: int


class CommentNode(Frozen, kw_only=True):
    """A comment: its text from the ``#`` on."""

    extent: Extent
    span: Span


class InstructionNode(Frozen, kw_only=True):
    """A well-formed instruction.

    ``name`` is a role or a parameter's name, empty behind two blanks, or what stands before the ``=`` of ARG and LABEL.
    """

    extent: Extent
    span: Span
    keyword: Word
    name: Word | None
    value: Value
    flags: tuple[Flag, ...] = ()


class UnknownRoleNode(Frozen, kw_only=True):
    """A MESSAGE with a role that does not exist; empty behind two blanks."""

    extent: Extent
    span: Span
    keyword: Word
    role: Word
    value: Value


class IncompleteNode(Frozen, kw_only=True):
    """A PARAMETER or MESSAGE that ends, or goes wrong, before its value.

    ``rest`` is what stands behind the keyword; ``closed`` says whether every triple quote in it closes.
    """

    extent: Extent
    span: Span
    keyword: Word
    rest: Word
    closed: bool = True


class StrayNode(Frozen, kw_only=True):
    """A line that begins with no instruction; ``closed`` says whether every triple quote in it closes."""

    extent: Extent
    span: Span
    closed: bool = True


Node: TypeAlias = CommentNode | InstructionNode | UnknownRoleNode | IncompleteNode | StrayNode
