"""Positions in each encoding that the protocol has, and without one that client and server share."""

from pathlib import Path

import pytest
from lsprotocol import types

from tests.integration.editor.client import edit, run, session

pytestmark = pytest.mark.integration

TEXT = (
    "FROM llama3.2:3b\rMESSAGE user \U0001f600é\r\nMESSAGE assistant \U0001f600\u2028\x0c ${x}\n"
    "PARAMETER \U0001f600 1\n"
)


@pytest.mark.parametrize(
    ("offered", "agreed", "start", "end"),
    [
        (None, "utf-16", 10, 12),
        (["utf-16"], "utf-16", 10, 12),
        (["utf-8", "utf-16"], "utf-8", 10, 14),
        (["utf-32", "utf-16"], "utf-32", 10, 11),
    ],
)
def test_places_are_counted_as_agreed(
    offered: list[str] | None, agreed: str, start: int, end: int, tmp_path: Path
) -> None:
    async def test() -> None:
        async with session(encodings=offered) as client:
            assert client.capabilities.position_encoding == agreed
            uri = client.open(tmp_path / "Modelfile", TEXT)
            (wrong,) = [each for each in await client.findings(uri, 1) if each.code == "OLB107"]
            assert (wrong.range.start.line, wrong.range.start.character) == (3, start)
            # Put a name in the place of the character.
            client.change(uri, 2, edit(3, start, end, "seed"))
            assert "OLB107" not in {each.code for each in await client.findings(uri, 2)}

    run(test)


def test_a_client_without_versions_gets_plain_changes(tmp_path: Path) -> None:
    async def test() -> None:
        async with session(versioned=False) as client:
            uri = client.open(tmp_path / "Modelfile", "from llama3.2:3b\n")
            await client.findings(uri, 1)
            where = types.Range(types.Position(0, 0), types.Position(0, 4))
            request = types.CodeActionParams(types.TextDocumentIdentifier(uri), where, types.CodeActionContext([]))
            (fix, *_) = await client.text_document_code_action_async(request) or []
            assert isinstance(fix, types.CodeAction)
            assert fix.edit is not None
            assert fix.edit.document_changes is None
            assert list(fix.edit.changes or {}) == [uri]

    run(test)


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "file:///no/such/folder/Modelfile", "vscode-remote://x/Modelfile"]
)
def test_a_text_that_is_in_no_file(uri: str) -> None:
    async def test() -> None:
        async with session() as client:
            item = types.TextDocumentItem(
                uri=uri, language_id="modelfile", version=1, text="from x\nINCLUDE y\nFROM ./z"
            )
            client.text_document_did_open(types.DidOpenTextDocumentParams(item))
            assert "OLB306" in {each.code for each in await client.findings(uri, 1)}

    run(test)
