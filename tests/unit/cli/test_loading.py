"""What a command loads: nothing heavy that it does not use. A fresh interpreter tells."""

import subprocess
import sys

import pytest

HEAVY = {
    "typer",
    "rich",
    "pydantic",
    "lark",
    "oras",
    "requests",
    "urllib3",
    "numpy",
    "jinja2",
    "gguf",
    "llama_cpp",
    "yaml",
}
# Each of these alone costs more than the ten milliseconds that `version` may take on top of the interpreter.
SLOW = {"dataclasses", "inspect", "typing", "enum", "pathlib", "subprocess", "json", "platformdirs", "asyncio"}


def loaded(*words: str) -> set[str]:
    code = (
        "import sys\nbefore = set(sys.modules)\nfrom olbuild.cli.main import main\n"
        f"code = main({list(words)!r})\nprint('loaded:', *(set(sys.modules) - before))\nsys.exit(code)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.rsplit("loaded:", 1)[1].split())


@pytest.mark.parametrize("words", [["version"], ["--version"], ["--help"], [], ["help"]])
def test_what_needs_no_parsing_loads_nothing(words: list[str]) -> None:
    assert loaded(*words) & (HEAVY | SLOW) == set()
    assert loaded(*words) <= {"__future__", "olbuild", "olbuild.cli", "olbuild.cli.main", "olbuild.cli.table"}


def test_completing_names_loads_no_parser() -> None:
    assert loaded("__complete", "names") & HEAVY == set()


@pytest.mark.parametrize("words", [["config"], ["version", "--json"], ["build", "--help"], ["run", "--help"]])
def test_parsing_loads_typer_and_nothing_else_that_is_heavy(words: list[str]) -> None:
    assert loaded(*words) & HEAVY == {"typer"}


@pytest.mark.parametrize("words", [["ls"], ["df"], ["prune"]], ids=" ".join)
def test_the_store_is_looked_at_without_compiler_client_or_engine(words: list[str]) -> None:
    assert loaded(*words) & HEAVY == {"typer"}
