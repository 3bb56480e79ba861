"""What a command loads: nothing heavy that it does not use. A fresh interpreter tells."""

import os
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
    assert loaded(*words) <= {"__future__", "gc", "olbuild", "olbuild.cli", "olbuild.cli.main", "olbuild.cli.table"}


def test_completing_names_loads_no_parser() -> None:
    assert loaded("__complete", "names") & HEAVY == set()


@pytest.mark.parametrize("words", [["config"], ["version", "--json"], ["build", "--help"], ["run", "--help"]])
def test_parsing_loads_typer_and_nothing_else_that_is_heavy(words: list[str]) -> None:
    assert loaded(*words) & HEAVY == {"typer"}


@pytest.mark.parametrize("words", [["ls"], ["df"], ["prune"]], ids=" ".join)
def test_the_store_is_looked_at_without_compiler_client_or_engine(words: list[str]) -> None:
    assert loaded(*words) & HEAVY == {"typer"}


RUN = """
import dataclasses, sys
import olbuild.api.running, olbuild.cli.commands.run, olbuild.running.runtime.loaded, olbuild.running.session.model
made = {
    f"{module}.{name}"
    for module in list(sys.modules) if module.startswith("olbuild.")
    for name, kind in vars(sys.modules[module]).items() if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    if all(field.compare and field.init and field.repr for field in dataclasses.fields(kind))
}
formats = {name.split(".")[3] for name in sys.modules if name.startswith("olbuild.artifact.profiles.")}
print(sorted(made), "ollama" in formats)
"""


def test_run_makes_records_cheaply_and_loads_the_format_that_it_meets() -> None:
    finished = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=False)
    assert finished.stdout.split() == ["[]", "False"], finished.stderr


PROGRAM = """
import gc, os, sys
from olbuild.cli.main import program
sys.argv = ["olbuild", "version"]
code = program()
import numpy
print("found:", gc.get_freeze_count() > 0, os.environ["OPENBLAS_NUM_THREADS"], len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
@pytest.mark.parametrize("wish", ["", "2"])
def test_a_process_of_its_own_has_no_threads_of_numpy_and_leaves_garbage_to_the_system(wish: str) -> None:
    pytest.importorskip("numpy")
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    environment |= {"OPENBLAS_NUM_THREADS": wish} if wish else {}
    finished = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False, env=environment
    )
    frozen, setting, threads = finished.stdout.rsplit("found:", 1)[1].split()
    assert (frozen, setting) == ("True", wish or "1"), finished.stderr
    assert wish or threads == "1"
