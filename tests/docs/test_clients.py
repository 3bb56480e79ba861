"""The table of docs/clients.md: its versions are those that are installed, and its numbers those of the checks."""

import json
import re

import pytest

from tests.integration.clients.expected import EXPECTED, WORDS
from tests.tools import ROOT

FOLDER = ROOT / "tests" / "integration" / "clients"
PROGRAMS = {
    "Python": {
        "ollama": "ollama",
        "openai": "openai",
        "anthropic": "anthropic",
        "langchain-ollama": "langchain_ollama",
        "llama-index-llms-ollama": "llama_index",
        "ollama-haystack": "haystack",
        "litellm": "litellm",
        "autogen-ext": "autogen_ext",
        "semantic-kernel": "semantic_kernel",
        "crewai": "crewai",
    },
    "JavaScript": {"ollama": "ollama_js", "openai": "openai_js", "@anthropic-ai/sdk": "anthropic_js", "ai": "ai_sdk"},
    "Go": {"github.com/ollama/ollama": "ollama_go"},
}
PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
ROWS = re.findall(r"^\| (Python|JavaScript|Go) `([^`]+)` \| ([^|]+) \| .*? \| (\d+) \| [^|]*\|$", PAGE, re.MULTILINE)


def installed() -> dict[str, dict[str, set[str]]]:
    """Return the versions of all packages, by language."""
    python: dict[str, set[str]] = {}
    for path in (FOLDER / "requirements").glob("*.txt"):
        for line in path.read_text().splitlines()[1:]:
            name, _, version = line.partition("==")
            python.setdefault(name, set()).add(version)
    lock = json.loads((FOLDER / "javascript" / "package-lock.json").read_text())["packages"]
    javascript = {path.removeprefix("node_modules/"): {each["version"]} for path, each in lock.items() if path}
    modules = re.findall(r"^(?:require )?\t?(\S+) v(\S+)", (FOLDER / "go" / "go.mod").read_text(), re.MULTILINE)
    return {"Python": python, "JavaScript": javascript, "Go": {name: {version} for name, version in modules}}


def test_every_program_has_its_row() -> None:
    named = {(language, name) for language, name, _, _ in ROWS}
    assert named == {(language, name) for language, names in PROGRAMS.items() for name in names}
    assert {name for names in PROGRAMS.values() for name in names.values()} == EXPECTED.keys()


@pytest.mark.parametrize(("language", "name", "version", "checks"), ROWS)
def test_a_row_is_true(language: str, name: str, version: str, checks: str) -> None:
    assert version in installed()[language][name]
    program = PROGRAMS[language][name]
    assert int(checks) == len(EXPECTED[program]) + len(WORDS.get(program, {}))


@pytest.mark.parametrize(("name", "version"), re.findall(r"`([^`]+)` (?:is )?(\d+\.\d+\.\d+)", PAGE))
def test_versions_within_the_text_are_true(name: str, version: str) -> None:
    assert any(version in packages.get(name, ()) for packages in installed().values())


@pytest.mark.parametrize("group", sorted(path.stem for path in (FOLDER / "requirements").glob("*.in")))
def test_what_is_wanted_is_in_the_whole_list(group: str) -> None:
    wanted = (FOLDER / "requirements" / f"{group}.in").read_text()
    listed = {line.partition("==")[0] for line in (FOLDER / "requirements" / f"{group}.txt").read_text().splitlines()}
    names = re.findall(r"^([a-z0-9-]+)", wanted, re.MULTILINE)
    assert names
    assert set(names) <= listed
