"""Completion, asked by a client at a place that a ``|`` marks in a text."""

from pathlib import Path

import pytest
from lsprotocol import types

from olbuild.editor.text.positions import Positions
from tests.command import olbuild
from tests.integration.editor.client import Client, run, session

pytestmark = pytest.mark.integration

BEFORE = "FROM llama3.2:3b AS base\nARG size=7b\n"
CASES = {
    "instructions": ("|", {"FROM", "SYSTEM", "TEST"}, set()),
    "an instruction in lower case": ("sys|", {"SYSTEM"}, set()),
    "parameters": ("PARAMETER t|", {"temperature", "top_p", "stop"}, {"mirostat", "SYSTEM"}),
    "values that there are": ("PARAMETER use_mmap |", {"true", "false"}, set()),
    "an example and the default": ("PARAMETER temperature |", {"0.7", "0.8"}, set()),
    "roles": ("MESSAGE u|", {"user", "assistant", "system"}, set()),
    "files": ("ADAPTER ./|", {"model.gguf", "sub"}, {".hidden"}),
    "files in a folder": ("DRAFT ./sub/d|", {"deep.gguf"}, {"model.gguf"}),
    "hidden files": ("DRAFT ./.|", {".hidden"}, set()),
    "files of a flag": ("SYSTEM --file=sub/|", {"deep.gguf"}, set()),
    "flags": ("TEST --c|", {"--contains", "--json-schema"}, {"--file"}),
    "a further flag": ("TEST --contains=x -|", {"--contains", "--matches"}, set()),
    "no flags in a text": ("SYSTEM Hello -|", set(), {"--file"}),
    "stages, files, stored": ("FROM |", {"base", "model.gguf", "me/stored:latest"}, set()),
    "AS": ("FROM x a|", {"AS"}, set()),
    "parts": ("UNSET |", {"PARAMETER", "SYSTEM"}, set()),
    "renderers": ("RENDERER q|", {"qwen3-coder"}, {"passthrough"}),
    "parsers": ("PARSER |", {"passthrough"}, {"cogito-none"}),
    "nothing that is known": ("REQUIRES |", set(), {"qwen3-coder"}),
    "types": ("QUANTIZE Q|", {"Q4_K_M"}, set()),
    "arguments": ("SYSTEM Hello ${|}", {"size"}, set()),
    "arguments in a long text": ('SYSTEM """\nHello $|\n"""', {"size"}, set()),
    "nothing in a text": ('SYSTEM """\nPARAMETER |\n"""', set(), {"temperature"}),
    "nothing in a comment": ("# PARAMETER |", set(), {"temperature"}),
    "behind an astral character": ("LICENSE \U0001f600 $|", {"size"}, set()),
    "after a quote that never closes": ('SYSTEM "never\nPARAMETER |', {"temperature"}, set()),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name in ("model.gguf", ".hidden", "sub/deep.gguf", "Modelfile"):
        (tmp_path / name).write_bytes(b"GGUF")
    return tmp_path


async def complete(client: Client, path: Path, marked: str, version: int) -> tuple[str, list[types.CompletionItem]]:
    """Return the text without its mark, and what is offered there."""
    place = marked.index("|")
    text = marked.replace("|", "", 1)
    uri = path.with_name(f"{version}.modelfile").as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="modelfile", version=version, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    position = types.Position(*Positions(text, "utf-16").position(place))
    request = types.CompletionParams(types.TextDocumentIdentifier(uri), position)
    found = await client.text_document_completion_async(request)
    assert isinstance(found, types.CompletionList)
    return text, list(found.items)


def test_what_is_offered_where(folder: Path, hermetic_environment: Path) -> None:
    from olbuild.storage.store import Store
    from olbuild.testing.models import model_bytes

    (folder / "real.gguf").write_bytes(model_bytes())
    olbuild("build", "-t", "me/stored", "-f", "-", folder, stdin="FROM ./real.gguf\n")
    assert Store.open(hermetic_environment / "olbuild", create=False).names()

    async def test() -> None:
        async with session() as client:
            for number, (name, (marked, offered, missing)) in enumerate(CASES.items()):
                _, items = await complete(client, folder / "x", BEFORE + marked, number)
                labels = {each.label for each in items}
                assert offered <= labels, name
                assert not labels & missing, name
                if not offered:
                    assert not labels, name

    run(test)


def test_what_is_chosen_takes_the_place_of_what_was_written(folder: Path) -> None:
    async def test() -> None:
        async with session() as client:
            for number, (marked, label, expected) in enumerate(
                (
                    ("FROM x\npar|", "PARAMETER", "FROM x\nPARAMETER "),
                    ("FROM x\nPARAMETER te|", "temperature", "FROM x\nPARAMETER temperature "),
                    ("FROM ./sub/de|", "deep.gguf", "FROM ./sub/deep.gguf"),
                    ("ARG n=1\nFROM x:${|}", "n", "ARG n=1\nFROM x:${n}"),
                    ("ARG n=1\nFROM \U0001f600$|", "n", "ARG n=1\nFROM \U0001f600${n}"),
                )
            ):
                text, items = await complete(client, folder / "x", marked, number)
                (chosen,) = [each for each in items if each.label == label]
                assert isinstance(chosen.text_edit, types.TextEdit)
                where, positions = chosen.text_edit.range, Positions(text, "utf-16")
                start = positions.offset((where.start.line, where.start.character))
                end = positions.offset((where.end.line, where.end.character))
                assert text[:start] + chosen.text_edit.new_text + text[end:] == expected

    run(test)


def test_a_store_that_is_not_there_is_not_made(folder: Path, hermetic_environment: Path) -> None:
    async def test() -> None:
        async with session() as client:
            await complete(client, folder / "x", "FROM |", 1)

    run(test)
    assert not (hermetic_environment / "olbuild").exists()


def test_the_dialect_of_ollama_has_no_extensions(folder: Path) -> None:
    async def test() -> None:
        async with session("--dialect", "ollama") as client:
            _, items = await complete(client, folder / "x", "FROM x\n|", 1)
            labels = {each.label for each in items}
            assert "SYSTEM" in labels
            assert not labels & {"ARG", "TEST", "INCLUDE"}
            _, items = await complete(client, folder / "x", "FROM x\nSYSTEM -|", 2)
            assert not items

    run(test)
