"""A session of an editor with ``olbuild lsp``, over standard input and output."""

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from olbuild.editor.features.actions import FIX_ALL
from olbuild.editor.features.semantics import TYPES
from olbuild.editor.text.positions import Positions
from olbuild.language.lint import lint
from olbuild.testing.models import model_bytes
from tests.integration.editor.client import Client, applied, edit, run, session

pytestmark = pytest.mark.integration

WHERE = types.Range(types.Position(0, 0), types.Position(999, 0))


def doc(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri)


def at(text: str, part: str, nth: int = 0) -> types.Position:
    """Return the position of a part of a text, in UTF-16."""
    place = -1
    for _ in range(nth + 1):
        place = text.index(part, place + 1)
    return types.Position(*Positions(text, "utf-16").position(place))


def edited(text: str, workspace: types.WorkspaceEdit | None, version: int) -> str:
    assert workspace is not None
    assert workspace.document_changes is not None
    (change,) = workspace.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == version
    return replaced(text, [each for each in change.edits if isinstance(each, types.TextEdit)])


def replaced(text: str, edits: list[types.TextEdit]) -> str:
    positions = Positions(text, "utf-16")
    return applied(text, edits, lambda place: positions.offset((place.line, place.character)))


async def actions(client: Client, uri: str, only: list[str] | None = None) -> list[types.CodeAction]:
    context = types.CodeActionContext(diagnostics=[], only=only)
    found = await client.text_document_code_action_async(types.CodeActionParams(doc(uri), WHERE, context))
    return [each for each in found or [] if isinstance(each, types.CodeAction)]


HALF_WRITTEN = """\
from llama3.2
PARAMETER top_p 90
PARAMETER temperature
SYSTM Be brief.
MESSAGE User Hello \U0001f600 \U0001f600
SYSTEM Be kind.
"""


def test_a_fix_is_shown_and_applied_and_then_nothing_is_wrong_there(tmp_path: Path) -> None:
    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", HALF_WRITTEN)
            found = await client.findings(uri, 1)
            # Errors do not hide what is doubtful about the other lines.
            assert [(each.code, each.range.start.line) for each in found] == [
                *(("OLB306", 0), ("OLB311", 0), ("OLB331", 1), ("OLB103", 2), ("OLB101", 3), ("OLB105", 4)),
            ]
            assert 'did you mean "SYSTEM"?' in found[4].message
            assert found[5].range == types.Range(types.Position(4, 8), types.Position(4, 12))
            (fix,) = [each for each in await actions(client, uri) if each.title == "write user"]
            assert list(fix.diagnostics or ()) == [found[5]]
            text = edited(HALF_WRITTEN, fix.edit, 1)
            assert text == HALF_WRITTEN.replace("User", "user")
            client.change(uri, 2, edit(4, 8, 12, "user"))
            assert "OLB105" not in {each.code for each in await client.findings(uri, 2)}

    run(test)


def test_what_is_found_is_what_check_finds(tmp_path: Path) -> None:
    """Facts of the disk included: the context that the model was trained for, and a path that leads nowhere."""
    (tmp_path / "model.gguf").write_bytes(model_bytes())
    text = "FROM ./model.gguf\nADAPTER ./none.gguf\nPARAMETER num_ctx 99999999\nSYSTEM --file=none.md\n"

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            codes = {str(each.code) for each in await client.findings(uri, 1)}
            assert {"OLB113", "OLB166"} <= codes
            client.change(uri, 2, edit(3, 0, 21, ""), edit(1, 0, 19, ""))
            second = [str(each.code) for each in await client.findings(uri, 2)]
            assert "OLB333" in second
            without_facts = {each.code for each in lint(b"FROM ./model.gguf\n\nPARAMETER num_ctx 99999999\n\n")}
            assert "OLB333" not in without_facts

    run(test)


def test_an_ignore_comment_and_all_fixes_at_once(tmp_path: Path) -> None:
    text = "# first\r\nfrom llama3.2\r\nPARAMETER top_p 0.5\r\nPARAMETER top_p 0.7\r\n"

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            await client.findings(uri, 1)
            found = await actions(client, uri)
            (accept,) = [each for each in found if each.title == "accept OLB311 here"]
            accepted = edited(text, accept.edit, 1)
            assert accepted == text.replace("from", "# olbuild: ignore=OLB311 say here why\r\nfrom")
            (everything,) = await actions(client, uri, [FIX_ALL])
            assert everything.kind == FIX_ALL
            assert edited(text, everything.edit, 1) == "# first\r\nFROM llama3.2\r\nPARAMETER top_p 0.7\r\n"
            client.change(uri, 2, types.TextDocumentContentChangeWholeDocument(accepted))
            assert "OLB311" not in {each.code for each in await client.findings(uri, 2)}

    run(test)


@pytest.mark.parametrize(
    "text", ["from  llama3.2:3b\rparameter stop x\r", "\ufefffrom llama3.2:3b\n\n\n\nsystem 'ü\U0001f600'"]
)
def test_formatting(text: str, tmp_path: Path) -> None:
    async def test() -> None:
        options = types.FormattingOptions(tab_size=4, insert_spaces=True)
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            request = types.DocumentFormattingParams(doc(uri), options)
            edits = await client.text_document_formatting_async(request)
            formatted = replaced(text, list(edits or []))
            assert formatted.startswith("FROM llama3.2:3b\n")
            assert "\r" not in formatted
            client.change(uri, 2, types.TextDocumentContentChangeWholeDocument(formatted))
            assert not await client.text_document_formatting_async(request)
            client.change(uri, 3, types.TextDocumentContentChangeWholeDocument("SYSTM x"))
            assert not await client.text_document_formatting_async(request)

    run(test)


TEMPLATE = '''\
FROM llama3.2:3b
TEMPLATE """{{- if .System }}é\U0001f600{{ .System | json }}{{ end }}
{{ range $i, $m := .Messages }}{{ $m.Content "x" }}
{{/* two
lines */}}{{ eq 1 `raw` true }}"""
PARAMETER mirostat 1
'''
JINJA = """FROM llama3.2:3b
TEMPLATE "{% for message in messages %}{{ message['content'] | trim }}{% endfor %}{# c #}{{ 'open"
"""


def tokens(text: str, data: list[int]) -> list[tuple[str, str]]:
    positions = Positions(text, "utf-16")
    line = character = 0
    found = []
    for index in range(0, len(data), 5):
        down, right, length, kind, _ = data[index : index + 5]
        line, character = line + down, right if down else character + right
        start, end = positions.offset((line, character)), positions.offset((line, character + length))
        found.append((text[start:end], TYPES[kind]))
    return found


def test_semantic_tokens_show_templates(tmp_path: Path) -> None:
    async def test() -> None:
        async with session() as client:
            legend = client.capabilities.semantic_tokens_provider
            assert isinstance(legend, types.SemanticTokensOptions)
            assert tuple(legend.legend.token_types) == TYPES
            for text, wanted in ((TEMPLATE, GO), (JINJA, IN_JINJA)):
                uri = client.open(tmp_path / str(len(wanted)), text)
                found = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(doc(uri)))
                assert found is not None
                shown = tokens(text, list(found.data))
                for each in wanted:
                    assert each in shown, each
                assert not any("é" in part or "\n" in part for part, _ in shown)

    run(test)


GO = [
    *(("FROM", "keyword"), ("TEMPLATE", "keyword"), ("{{-", "macro"), ("if", "keyword"), (".System", "property")),
    *(("}}", "macro"), ("json", "function"), ("|", "operator"), ("$i", "variable"), (":=", "operator")),
    *(('"x"', "string"), ("{{/* two", "comment"), ("lines */}}", "comment"), ("eq", "function"), ("1", "number")),
    *(("`raw`", "string"), ("true", "enumMember"), ("mirostat", "property")),
]
IN_JINJA = [
    *(("{%", "macro"), ("for", "keyword"), ("in", "keyword"), ("messages", "variable"), ("'content'", "string")),
    *(("trim", "function"), ("endfor", "keyword"), ("%}", "macro")),
]


def test_hover_says_meaning_type_range_and_default(tmp_path: Path) -> None:
    text = "FROM x\nPARAMETER top_p 90\nMESSAGE user hi\n# olbuild: ignore=OLB311 why\nARG size=7b\nSYSTEM ${size}\n"

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            await client.findings(uri, 1)

            async def said(part: str, nth: int = 0) -> str:
                found = await client.text_document_hover_async(types.HoverParams(doc(uri), at(text, part, nth)))
                assert found is None or isinstance(found.contents, types.MarkupContent)
                return found.contents.value if found is not None else ""  # type: ignore[union-attr]

            about = await said("top_p")
            assert "probabilities" in about
            assert "type: number" in about
            assert "from 0 to 1" in about
            assert "default: 0.9" in about
            assert "OLB331" in await said("90")
            assert "FROM NAME|PATH|STAGE" in await said("FROM")
            assert "what a person says" in await said("user")
            assert "OLB311" in await said("OLB311")
            assert "by default `7b`" in await said("size", 1)
            assert await said("MESSAGE user hi") != ""
            assert await said("${size}") == ""

    run(test)


def test_names_are_defined_used_and_renamed(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / "Modelfile").write_text("PARAMETER seed 7\n")
    text = (
        "ARG size=7b\nFROM base:${size} AS small\nSYSTEM \U0001f600 ${size:-1} $${size} ${other}\n"
        "FROM small\nINCLUDE common/Modelfile\nTEMPLATE --file=common/Modelfile\n"
    )

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)

            async def goes(part: str, nth: int = 0) -> types.Location | None:
                request = types.DefinitionParams(doc(uri), at(text, part, nth))
                found = await client.text_document_definition_async(request)
                assert found is None or isinstance(found, types.Location)
                return found

            async def renamed(part: str, nth: int, new: str) -> str:
                request = types.RenameParams(doc(uri), at(text, part, nth), new)
                return edited(text, await client.text_document_rename_async(request), 1)

            argument = await goes("size", 2)
            assert argument is not None
            assert argument.range.start == types.Position(0, 4)
            stage = await goes("small", 1)
            assert stage is not None
            assert stage.range.start == at(text, "small")
            for place in (("common", 0), ("--file", 0)):
                included = await goes(*place)
                assert included is not None
                assert included.uri == (tmp_path / "common" / "Modelfile").as_uri()
            assert await goes("other") is None
            request = types.ReferenceParams(
                types.ReferenceContext(include_declaration=True), doc(uri), at(text, "size", 1)
            )
            assert len(await client.text_document_references_async(request) or []) == 3

            assert await renamed("size", 1, "n") == text.replace("${size", "${n").replace("$${n", "$${size").replace(
                "ARG size", "ARG n"
            )
            assert await renamed("small", 1, "little") == text.replace("small", "little")
            prepare = types.PrepareRenameParams(doc(uri), at(text, "other"))
            assert await client.text_document_prepare_rename_async(prepare) is None
            for part, new in (("size", "1x"), ("size", "a b"), ("size", "other"), ("small", "-"), ("small", "as")):
                with pytest.raises(JsonRpcException):
                    await renamed(part, 1, new)

    run(test)


def test_the_outline_and_foldings(tmp_path: Path) -> None:
    text = '# a\n# b\nFROM x AS one\nSYSTEM """\na\n"""\nFROM one\nPARAMETER seed 1\nSYSTEM """\nnever closed\n'

    async def test() -> None:
        async with session() as client:
            uri = client.open(tmp_path / "Modelfile", text)
            outline = await client.text_document_document_symbol_async(types.DocumentSymbolParams(doc(uri)))
            shown = [
                (each.name, [child.name for child in each.children or []])
                for each in outline or []
                if isinstance(each, types.DocumentSymbol)
            ]
            assert shown == [("FROM", ["SYSTEM"]), ("FROM", ["seed", "SYSTEM"])]
            folded = await client.text_document_folding_range_async(types.FoldingRangeParams(doc(uri)))
            assert [(each.start_line, each.end_line) for each in folded or []] == [(0, 1), (3, 5), (8, 9)]

    run(test)
