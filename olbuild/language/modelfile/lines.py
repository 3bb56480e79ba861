"""All lines of a Modelfile as nodes, also behind a quote that never closes.

Ollama reads such a quote to the end of the file and stops. Here reading goes on at the next line that begins with an
instruction, so that the errors behind it are found too. Text is read at most three times: as it is; without triple
quotes, once one of them never closed (then none behind it does); and without any quotes. That keeps it linear.
"""

from __future__ import annotations

import re
from dataclasses import replace

from olbuild.core.text import Source, Span
from olbuild.language.modelfile.commands import KEYWORDS
from olbuild.language.modelfile.instructions import Dialect
from olbuild.language.modelfile.nodes import Extent, InstructionNode, Node, StrayNode, UnknownRoleNode
from olbuild.language.modelfile.tree import MARK, Frame, Reading, read
from olbuild.language.modelfile.visible import Visible

_HEAD = re.compile(rf"[\r\n][ \t]*(?=(?ai:{'|'.join(KEYWORDS)})[ \t])")
_TRIPLE = '"""'


def lines(source: Source, visible: Visible, dialect: Dialect) -> list[Node]:
    """Return every line that is not blank, in order.

    A value that never closes is marked so; its span ends where reading went on.
    """
    nodes: list[Node] = []
    text, base = visible.text, 0
    while True:
        reading = read(text, Frame(source=source, visible=visible, base=base), dialect)
        nodes.extend(reading.nodes)
        if reading.opened is None:
            return nodes
        head = _HEAD.search(text, reading.opened)
        end = head.start() if head else len(text)
        nodes[-1] = _cut(nodes[-1], visible.original(base + end))
        text, base = _without(reading, text[end:]), base + end


def _without(reading: Reading, text: str) -> str:
    """Hide the quotes that cannot close, now that one of their kind did not."""
    return text.replace(reading.quote, MARK * len(reading.quote))


def _cut(node: Node, end: int) -> Node:
    """Let a line with an open quote end at an original offset."""
    extent = Extent(start=node.extent.start, body=min(node.extent.body, end), end=end)
    span = _until(node.span, end)
    match node:
        case InstructionNode() | UnknownRoleNode():
            value = replace(node.value, span=_until(node.value.span, end))
            return replace(node, extent=extent, span=span, value=value)
        case StrayNode():
            return replace(node, extent=extent, span=span)
        case _:
            return replace(node, extent=extent, span=span)


def _until(span: Span, end: int) -> Span:
    text = span.source.text[span.start : end].rstrip(" \t\r\n")
    return Span(span.source, span.start, span.start + len(text))
