"""pygls' protocol with our own documents: its own count lines in another way than the specification does."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

from lsprotocol import types
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method
from pygls.uris import to_fs_path

from olbuild.editor.documents import Documents
from olbuild.editor.text.document import Change
from olbuild.editor.text.positions import Encoding

Steps = Generator[tuple[Any, tuple[Any, ...], None], Any, None]


class Protocol(LanguageServerProtocol):
    """Keeps ``documents`` as clients change them. Handlers of ours run after that, as pygls' do."""

    documents: Documents

    def encoding(self) -> Encoding:
        """Return the encoding that positions count in, as client and server agreed."""
        return cast("Encoding", str(types.PositionEncodingKind(self.workspace.position_encoding).value))

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Steps:
        """Take in an open text."""
        item = params.text_document
        self.documents.open(item.uri, item.version, item.text, self.encoding(), to_fs_path(item.uri))
        yield from self._then(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Steps:
        """Take in changes."""
        self.documents.change(
            params.text_document.uri, params.text_document.version, map(_change, params.content_changes)
        )
        yield from self._then(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Steps:
        """Forget a text."""
        self.documents.close(params.text_document.uri)
        yield from self._then(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def _then(self, method: str, params: object) -> Steps:
        handler = self.fm.features.get(method)
        if handler is not None:
            yield handler, (params,), None


def _change(change: types.TextDocumentContentChangeEvent) -> Change:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return Change(change.text)
    start, end = change.range.start, change.range.end
    return Change(change.text, (start.line, start.character), (end.line, end.character))
