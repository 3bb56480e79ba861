"""The outline of a Modelfile, and what of it can be folded."""

from __future__ import annotations

from lsprotocol import types

from olbuild.editor.features.ranges import range_of_span
from olbuild.editor.text.document import Document
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.nodes import CommentNode, InstructionNode, StrayNode
from olbuild.language.modelfile.reference import BY_KEYWORD

_KINDS = {
    "model": types.SymbolKind.Class,
    "path": types.SymbolKind.File,
    "template": types.SymbolKind.Function,
    "text": types.SymbolKind.String,
    "parameter": types.SymbolKind.Property,
    "message": types.SymbolKind.Event,
    "name": types.SymbolKind.Module,
    "argument": types.SymbolKind.Variable,
    "label": types.SymbolKind.Key,
    "part": types.SymbolKind.Null,
    "quantization": types.SymbolKind.Constant,
}


def symbols(document: Document) -> list[types.DocumentSymbol]:
    """Return the instructions; with stages, those of a stage stand below its FROM."""
    staged = any(each.kind == "stage" and each.declares for each in document.names)
    top: list[types.DocumentSymbol] = []
    into = top
    for node in document.page.nodes:
        if not isinstance(node, InstructionNode):
            continue
        symbol = _symbol(document, node)
        if staged and node.keyword.text.upper() == "FROM":
            top.append(symbol)
            into = symbol.children = []
        else:
            into.append(symbol)
    for symbol in top:
        if symbol.children:
            symbol.range = types.Range(symbol.range.start, symbol.children[-1].range.end)
    return top


def _symbol(document: Document, node: InstructionNode) -> types.DocumentSymbol:
    keyword = node.keyword.text.upper()
    kind = _KINDS[BY_KEYWORD[keyword].takes]
    name = keyword
    if node.name is not None and node.name.text:
        name = node.name.text if keyword in {"PARAMETER", "ARG"} else f"{keyword} {node.name.text}"
    selected = node.name.span if node.name is not None and node.name.text else node.keyword.span
    return types.DocumentSymbol(
        name=name,
        kind=kind,
        range=range_of_span(document, node.span),
        selection_range=range_of_span(document, selected),
        detail=shorten(node.value.text, quoted=False),
    )


def foldings(document: Document) -> list[types.FoldingRange]:
    """Return the values of several lines, and the comments of several lines."""
    found: list[types.FoldingRange] = []
    comments: list[CommentNode] = []

    def line(offset: int) -> int:
        return document.position(offset)[0]

    def close() -> None:
        if len(comments) > 1:
            ends = line(comments[0].span.start), line(comments[-1].span.start)
            found.append(types.FoldingRange(*ends, kind=types.FoldingRangeKind.Comment))
        comments.clear()

    for node in document.page.nodes:
        if isinstance(node, CommentNode):
            if comments and line(node.span.start) != line(comments[-1].span.start) + 1:
                close()
            comments.append(node)
            continue
        close()
        first, last = line(node.span.start), line(max(node.span.end - 1, node.span.start))
        if last > first and not isinstance(node, StrayNode):
            found.append(types.FoldingRange(first, last, kind=types.FoldingRangeKind.Region))
    close()
    return found
