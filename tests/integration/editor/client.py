"""A client of the language server: that of pygls, over standard input and output of the console script."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tests.command import OLBUILD

TIMEOUT = 60


class Client(LanguageClient):
    """A client that keeps every publication of diagnostics, with the version that it is about."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.capabilities = types.ServerCapabilities()
        self.published: list[types.PublishDiagnosticsParams] = []
        self._news = asyncio.Event()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published.append(params)
            self._news.set()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server."""
        assert self._server is not None
        return self._server

    async def ended(self) -> int:
        """Return the exit code of the server, once it has ended."""
        return await self.process.wait()

    async def findings(self, uri: str, version: int) -> list[types.Diagnostic]:
        """Return what was published about a version of a text, once it is."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                for each in reversed(self.published):
                    if (each.uri, each.version) == (uri, version):
                        return list(each.diagnostics)
                self._news.clear()
                await self._news.wait()

    def open(self, path: Path, text: str, version: int = 1) -> str:
        """Open a text as the editor has it, which may differ from the file; return its URI."""
        item = types.TextDocumentItem(uri=path.as_uri(), language_id="modelfile", version=version, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return item.uri

    def change(self, uri: str, version: int, *changes: types.TextDocumentContentChangeEvent) -> None:
        """Change a text."""
        identifier = types.VersionedTextDocumentIdentifier(version=version, uri=uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(identifier, list(changes)))


def edit(line: int, start: int, end: int, text: str) -> types.TextDocumentContentChangePartial:
    """Return a change on one line."""
    where = types.Range(types.Position(line, start), types.Position(line, end))
    return types.TextDocumentContentChangePartial(range=where, text=text)


@asynccontextmanager
async def session(*arguments: str, versioned: bool = True, encodings: list[str] | None = None) -> AsyncIterator[Client]:
    """Start the server, initialize it as an editor does, and end it properly."""
    client = Client()
    await client.start_io(str(OLBUILD), "lsp", *arguments)
    kinds = [types.PositionEncodingKind(each) for each in encodings] if encodings is not None else None
    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=kinds),
        workspace=types.WorkspaceClientCapabilities(
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versioned)
        ),
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            client.capabilities = (
                await client.initialize_async(types.InitializeParams(capabilities=capabilities))
            ).capabilities
            client.initialized(types.InitializedParams())
            yield client
            await client.shutdown_async(None)
            client.exit(None)
            await client.ended()
    finally:
        if client.process.returncode is None:
            client.process.kill()
            await client.ended()
        await client.stop()  # type: ignore[no-untyped-call]


def run(test: Callable[[], Awaitable[None]]) -> None:
    """Run a session to its end."""
    asyncio.run(test())  # type: ignore[arg-type]


def applied(text: str, edits: list[types.TextEdit], positions: Callable[[types.Position], int]) -> str:
    """Return a text with edits in it."""
    found = sorted((positions(each.range.start), positions(each.range.end), each.new_text) for each in edits)
    for start, end, new in reversed(found):
        text = text[:start] + new + text[end:]
    return text
