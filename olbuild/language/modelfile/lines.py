"""All lines of a Modelfile as nodes, also behind a quote that never closes.

Ollama reads such a quote to the end of the file and stops. Here reading goes on at the next line that begins with an
instruction, so that the errors behind it are found too. Text is read at most three times: as it is; without triple
quotes, once one of them never closed (then none behind it does); and without any quotes. That keeps it linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import assert_never, get_args

from olbuild.core.records import replace
from olbuild.core.text import Source, Span
from olbuild.language.modelfile.commands import keywords
from olbuild.language.modelfile.instructions import Dialect
from olbuild.language.modelfile.nodes import (
    CommentNode,
    Extent,
    IncompleteNode,
    InstructionNode,
    Node,
    StrayNode,
    UnknownRoleNode,
)
from olbuild.language.modelfile.tree import MARK, Frame, read
from olbuild.language.modelfile.visible import Visible

_HEADS: Mapping[Dialect, re.Pattern[str]] = {
    dialect: re.compile(rf"[\r\n][ \t]*(?=(?ai:{'|'.join(keywords(dialect))})[ \t])") for dialect in get_args(Dialect)
}


def lines(source: Source, visible: Visible, dialect: Dialect) -> list[Node]:
    """Return every line that is not blank, in order.

    A value that never closes is marked so; it ends where reading went on, and no line in between is a node.
    """
    nodes: list[Node] = []
    text, base = visible.text, 0
    while True:
        reading = read(text, Frame(source=source, visible=visible, base=base), dialect)
        nodes.extend(reading.nodes)
        if reading.opened is None:
            return list(_absorbing(nodes))
        head = _HEADS[dialect].search(text, reading.opened)
        end = head.start() if head else len(text)
        nodes[-1] = _until(nodes[-1], visible.original(base + end))
        # None of its kind closes behind a quote that did not. Hiding them all keeps the next reading from trying each.
        text, base = text[end:].replace(reading.quote, MARK * len(reading.quote)), base + end


def _absorbing(nodes: list[Node]) -> Iterator[Node]:
    """Yield the nodes; the text behind a hidden quote, which was read as stray lines, becomes part of its line."""
    current: Node | None = None
    for node in nodes:
        if current is not None and isinstance(node, StrayNode | CommentNode) and not _is_closed(current):
            current = _until(current, node.extent.end)
            continue
        if current is not None:
            yield current
        current = node
    if current is not None:
        yield current


def _is_closed(node: Node) -> bool:
    match node:
        case InstructionNode() | UnknownRoleNode():
            return node.value.closed
        case IncompleteNode() | StrayNode():
            return node.closed
        case CommentNode():
            return True
        case _:
            assert_never(node)


def _until(node: Node, end: int) -> Node:
    """Let a line with an open quote end at an original offset."""
    extent = Extent(start=node.extent.start, body=min(node.extent.body, end), end=end)
    if isinstance(node, InstructionNode | UnknownRoleNode):
        value = replace(node.value, span=_shown(node.value.span, end))
        return replace(node, extent=extent, span=_shown(node.span, end), value=value)
    return replace(node, extent=extent, span=_shown(node.span, end))


def _shown(span: Span, end: int) -> Span:
    """Return a span that ends at an offset, without the blank lines before it."""
    text = span.source.text
    while end > span.end and text[end - 1] in " \t\r\n":
        end -= 1
    return Span(span.source, span.start, end)
