"""The parser's tables are kept in a private folder, and nothing there can break a parse."""

import json
from pathlib import Path

import lark
import pytest

from olbuild.language.grammar import load_grammar

START = ("ollama", "olbuild")


def parse() -> object:
    return load_grammar("modelfile.lark", START).parse('FROM x\nSYSTEM """a\nb"""\n# c', start="ollama")


@pytest.fixture
def kept(hermetic_environment: Path) -> Path:
    parse()
    (path,) = hermetic_environment.rglob("grammars/*.json")
    return path


@pytest.mark.usefixtures("kept")
def test_the_tables_are_not_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = parse()
    monkeypatch.setattr(lark.Lark, "__init__", lambda *_arguments, **_options: pytest.fail("built again"))
    assert parse() == expected


@pytest.mark.parametrize("text", ["", "[", "{}", '{"data":{},"memo":{}}', '{"pairs":[]}', "null"])
def test_a_damaged_entry_is_written_anew(kept: Path, text: str) -> None:
    expected = parse()
    kept.write_text(text)
    assert parse() == expected
    assert json.loads(kept.read_text())["data"]["parser"]


def test_a_folder_that_others_can_write_is_not_believed(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.parent.chmod(0o777)
    built = []
    initialise = lark.Lark.__init__

    def record(self: lark.Lark, /, *arguments: object, **options: object) -> None:
        built.append(self)
        initialise(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(lark.Lark, "__init__", record)
    parse()
    assert built


def test_the_folder_is_private(kept: Path) -> None:
    assert kept.parent.stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_written_is_no_error(hermetic_environment: Path) -> None:
    (hermetic_environment / ".cache").write_text("a file")
    (hermetic_environment / "Library").write_text("a file")
    assert parse() == parse()
