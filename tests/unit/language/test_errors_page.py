"""docs/errors.md lists every code and every exit code, and its examples do what they say."""

import re
from pathlib import Path

import pytest

from olbuild.building.sources.disk import Disk, Inside
from olbuild.core.errors import ExitCode, ModelfileError
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile import Code, Dialect, elaborate, inputs
from olbuild.language.modelfile.lower import lower
from tests.tools import ROOT

PAGE = (ROOT / "docs" / "errors.md").read_text("utf-8")
RULES = (ROOT / "docs" / "rules.md").read_text("utf-8")
EXAMPLE = re.compile(r"^### (OLB1\d\d) [^\n]+\n\n.+?\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXIT = re.compile(r"^### Exit (\d+)\n\n[^\n]+\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def findings(text: str, folder: Path, code: str = "") -> tuple[Diagnostic, ...]:
    dialect: Dialect = "ollama" if code == Code.EXTENSION else "olbuild"
    try:
        elaborated = elaborate(text, Inside(folder), dialect=dialect)
        for stage in elaborated.stages:
            inputs(stage, str(folder), Disk(), dialect)
        if code == Code.NO_EQUIVALENT:
            lower(elaborated.lines)
    except ModelfileError as error:
        return error.diagnostics
    return elaborated.warnings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    (tmp_path / "link.gguf").symlink_to("model.gguf")
    (tmp_path / "loop.gguf").symlink_to("loop.gguf")
    (tmp_path / "few-shot.jsonl").write_text('{"role": "user"}\n')
    (tmp_path / "latin-1.txt").write_bytes(b"Sei h\xf6flich.\n")
    return tmp_path


@pytest.mark.parametrize(("code", "text"), EXAMPLE.findall(PAGE))
def test_an_example_shows_its_code_and_no_other(code: str, text: str, folder: Path) -> None:
    found = findings(text, folder, code)
    assert [finding.code for finding in found] == [code]
    assert found[0].hint
    assert found[0].is_error == (not "OLB120" < code < "OLB140")


def test_every_code_of_modelfiles_has_an_example_in_order() -> None:
    assert [code for code, _ in EXAMPLE.findall(PAGE)] == [str(code) for code in Code]


def test_every_code_in_the_source_is_on_the_page() -> None:
    used = {code for path in (ROOT / "olbuild").rglob("*.py") for code in re.findall(r'"(OLB\d{3})"', path.read_text())}
    assert used >= set(Code)
    assert used - set(re.findall(r"^### (OLB\d{3})", PAGE + RULES, re.MULTILINE)) == set()


def test_every_exit_code_is_explained_and_shown() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", PAGE, re.MULTILINE)
    assert rows == [(str(code.value), code.name.lower()) for code in ExitCode]
    assert [int(code) for code, _, _ in EXIT.findall(PAGE)] == [code.value for code in ExitCode]


@pytest.mark.parametrize(("code", "language", "text"), EXIT.findall(PAGE))
def test_an_example_of_an_exit_code_checks_it(code: str, language: str, text: str) -> None:
    """The page's ``sh`` blocks are run with all other documentation; here they only have to test the right code."""
    if language == "sh":
        assert "olbuild" in text
        assert re.findall(r"test \$code = (\d+)", text) == ([code] if code != "0" else [])
