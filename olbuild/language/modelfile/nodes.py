"""The second tree: what stands on each line of a Modelfile, good or flawed, with its place in the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from olbuild.core.text import Span

Quote = Literal["", '"', '"""']


@dataclass(frozen=True, slots=True)
class Word:
    """A keyword, a parameter's name, a role, or the rest of a flawed line."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Value:
    """A value without its quotes. The span covers the quotes and, when ``closed`` is false, everything behind them."""

    text: str
    span: Span
    quote: Quote
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Flag:
    """``--name=value`` before a value: its name without the dashes, its value without quotes, and all of its place."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Original offsets of a line: where it begins, where its free text begins, and where its line ending stands.

    Free text is a value or a comment: there, and only there, unprintable characters are dropped without harm.
    """

    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentNode:
    """A comment: its text from the ``#`` on."""

    extent: Extent
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionNode:
    """A well-formed instruction.

    ``name`` is a role or a parameter's name, empty behind two blanks, or what stands before the ``=`` of ARG and LABEL.
    """

    extent: Extent
    span: Span
    keyword: Word
    name: Word | None
    value: Value
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRoleNode:
    """A MESSAGE with a role that does not exist; empty behind two blanks."""

    extent: Extent
    span: Span
    keyword: Word
    role: Word
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class IncompleteNode:
    """A PARAMETER or MESSAGE that ends, or goes wrong, before its value.

    ``rest`` is what stands behind the keyword; ``closed`` says whether every triple quote in it closes.
    """

    extent: Extent
    span: Span
    keyword: Word
    rest: Word
    closed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StrayNode:
    """A line that begins with no instruction; ``closed`` says whether every triple quote in it closes."""

    extent: Extent
    span: Span
    closed: bool = True


Node: TypeAlias = CommentNode | InstructionNode | UnknownRoleNode | IncompleteNode | StrayNode
