"""From our spans to the ranges of the protocol."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from olbuild.core.text import Span
from olbuild.editor.text.document import Document


def range_of(document: Document, start: int, end: int) -> types.Range:
    """Return the range of ``[start, end)`` of the language's text."""
    return types.Range(position_of(document, start), position_of(document, end))


def range_of_span(document: Document, span: Span) -> types.Range:
    """Return the range of a span of the document's source."""
    return range_of(document, span.start, span.end)


def position_of(document: Document, offset: int) -> types.Position:
    """Return the position of an offset in the language's text."""
    return types.Position(*document.position(offset))


def offset_of(document: Document, position: types.Position) -> int:
    """Return the offset in the language's text of a position."""
    return document.offset((position.line, position.character))


def workspace_edit(
    document: Document, edits: Iterable[tuple[int, int, str]], *, versioned: bool
) -> types.WorkspaceEdit:
    """Return an edit of one document; with its version where the client understands that."""
    written = [types.TextEdit(range_of(document, start, end), text) for start, end, text in edits]
    if not versioned:
        return types.WorkspaceEdit(changes={document.uri: written})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=identifier, edits=written)])
