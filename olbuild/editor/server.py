"""The language server: which request is answered by what."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from olbuild import __version__
from olbuild.editor.analysis.analyst import Analyst
from olbuild.editor.analysis.messages import Found
from olbuild.editor.background import Background, Unwanted
from olbuild.editor.checking import Checker
from olbuild.editor.documents import Documents
from olbuild.editor.features import actions, navigation
from olbuild.editor.features.completion import TRIGGERS, completion
from olbuild.editor.features.diagnostics import diagnostic
from olbuild.editor.features.hover import hover
from olbuild.editor.features.outline import foldings, symbols
from olbuild.editor.features.ranges import range_of
from olbuild.editor.features.semantics import LEGEND, semantic_tokens
from olbuild.editor.protocol import Protocol
from olbuild.editor.stored import stored_names
from olbuild.editor.text.document import Document
from olbuild.language.modelfile import Dialect

_Result = TypeVar("_Result")
_CONTENT_MODIFIED = -32801

_log = logging.getLogger(__name__)


class ModelfileServer(LanguageServer):
    """A server for Modelfiles of one dialect."""

    protocol: Protocol

    def __init__(self, dialect: Dialect, home: Path) -> None:
        """Serve with the names of the store in a home."""
        super().__init__("olbuild", __version__, protocol_cls=Protocol)
        self.home = home
        self.documents = self.protocol.documents = Documents(dialect)
        self.analyst = Analyst()
        self.background = Background()
        self.checker = Checker(self.documents, self.analyst, self._publish)

    @property
    def versioned(self) -> bool:
        """Whether the client understands edits of a version."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace else None
        return bool(edit and edit.document_changes)

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:  # noqa: ARG002 - pygls' signature
        """Write to the log what goes wrong; nobody is to be disturbed by a message box."""
        _log.error("%s: %s", type(error).__name__, error)

    def _publish(self, document: Document, found: tuple[Found, ...]) -> None:
        shown = [diagnostic(document, each) for each in found]
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, shown, version=document.version)
        )


async def _compute(server: ModelfileServer, uri: str, make: Callable[[Document], _Result]) -> _Result | None:
    """Compute with the newest version of a document; with a large one in a thread.

    Raises:
        JsonRpcException: if the text changes meanwhile, which makes every place wrong.
    """
    document = server.documents.get(uri)
    if document is None:
        return None
    if not document.is_slow:
        return make(document)
    try:
        return await server.background.run(lambda: make(document), lambda: server.documents.is_current(document))
    except Unwanted:
        raise JsonRpcException("the text changed meanwhile", _CONTENT_MODIFIED) from None


def make_server(dialect: Dialect, home: Path) -> ModelfileServer:  # noqa: C901, PLR0915 - a function for each request
    """Make a server."""
    server = ModelfileServer(dialect, home)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await server.analyst.start()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is not None:
            server.checker.opened(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        document = server.documents.get(params.text_document.uri)
        if document is not None:
            server.checker.changed(document)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(_: types.DidSaveTextDocumentParams) -> None:
        """Look again at all texts: one that was saved may be a file that others include."""
        for document in server.documents:
            server.checker.changed(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.checker.closed(params.text_document.uri)
        server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hovered(params: types.HoverParams) -> types.Hover | None:
        return await _compute(
            server,
            params.text_document.uri,
            lambda document: hover(document, params.position, server.checker.known(document)),
        )

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list(TRIGGERS)))
    async def completed(params: types.CompletionParams) -> types.CompletionList:
        items = await _compute(
            server,
            params.text_document.uri,
            lambda document: completion(document, params.position, stored_names(server.home)),
        )
        return types.CompletionList(is_incomplete=False, items=items or [])

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    async def outlined(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        return await _compute(server, params.text_document.uri, symbols) or []

    @server.feature(types.TEXT_DOCUMENT_FOLDING_RANGE)
    async def folded(params: types.FoldingRangeParams) -> list[types.FoldingRange]:
        return await _compute(server, params.text_document.uri, foldings) or []

    @server.feature(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, LEGEND)
    async def coloured(params: types.SemanticTokensParams) -> types.SemanticTokens:
        tokens = await _compute(server, params.text_document.uri, semantic_tokens)
        return tokens or types.SemanticTokens(data=[])

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    async def defined(params: types.DefinitionParams) -> types.Location | None:
        return await _compute(
            server, params.text_document.uri, lambda document: navigation.definition(document, params.position)
        )

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    async def referred(params: types.ReferenceParams) -> list[types.Location]:
        declaration = params.context.include_declaration
        found = await _compute(
            server,
            params.text_document.uri,
            lambda document: navigation.references(document, params.position, declaration=declaration),
        )
        return found or []

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    async def prepared(params: types.PrepareRenameParams) -> types.Range | None:
        return await _compute(
            server, params.text_document.uri, lambda document: navigation.renamable(document, params.position)
        )

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    async def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        try:
            return await _compute(
                server,
                params.text_document.uri,
                lambda document: navigation.rename(
                    document, params.position, params.new_name, versioned=server.versioned
                ),
            )
        except navigation.BadName as error:
            raise JsonRpcInvalidParams(str(error)) from None

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    async def formatted(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return None
        answer = await server.checker.do(document, "format")
        if answer.text is None or not server.documents.is_current(document):
            return None
        edits = actions.replaced(document, answer.text)
        return [types.TextEdit(range_of(document, start, end), text) for start, end, text in edits]

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, actions.FIX_ALL]),
    )
    async def acted(params: types.CodeActionParams) -> list[types.CodeAction]:
        document = server.documents.get(params.text_document.uri)
        if document is None:
            return []
        findings = await server.checker.findings(document)
        if not findings or not server.documents.is_current(document):
            return []
        only = params.context.only
        found = await _compute(
            server,
            document.uri,
            lambda current: actions.actions(current, params.range, findings, only, versioned=server.versioned),
        )
        if actions.wants(only, actions.FIX_ALL) and any(each.mend for each in findings):
            answer = await server.checker.do(document, "mend")
            action = actions.fix_all(document, answer.text or document.text, versioned=server.versioned)
            found = [*(found or []), action] if action is not None else found
        return found or [] if server.documents.is_current(document) else []

    return server
