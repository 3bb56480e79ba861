"""Pure rooms decide and never act: no clock, network, thread, process or terminal. Their text is read, not run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools import ROOT

# A room that is not built yet matches no file.
PURE = (
    "core/**/*.py",
    "language/**/*.py",
    "building/plan/**/*.py",
    "running/scheduler/**/*.py",
    "running/memory/**/*.py",
    "running/steps.py",
    "running/manager/policy.py",
    "running/manager/crashes.py",
    "running/manager/line.py",
    "running/manager/options.py",
    "running/worker/found.py",
    "storage/registry/retry.py",
)
SHELLS = {"core/config.py", "core/resources.py"}  # they read the environment and the disk, which is what they are for

ACTING = {
    *("time", "sched", "asyncio", "concurrent", "multiprocessing", "threading", "subprocess"),
    *("socket", "ssl", "http", "urllib.request", "requests", "urllib3", "oras"),
    *("curses", "getpass", "termios", "tty", "rich", "typer", "click"),
}
CLOCKS = {"now", "utcnow", "today"}

# Blobs move through storage.registry; serving and its clients, and the servers of testing, speak HTTP of their own.
HTTP_CLIENTS = {"http.client", "urllib.request", "httpx", "aiohttp"}
HTTP_ROOMS = ("storage/registry/", "serving/", "testing/")

PACKAGE = ROOT / "olbuild"


def _files(*patterns: str) -> list[str]:
    return sorted({str(path.relative_to(PACKAGE)) for pattern in patterns for path in PACKAGE.glob(pattern)})


def _imported(tree: ast.AST) -> Iterator[str]:
    """Yield every imported module with its parents: `a.b` and `a` for both `import a.b` and `from a import b`."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _clocks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in CLOCKS
            and ast.unparse(node.value).endswith(("date", "datetime"))
        ):
            yield ast.unparse(node)


def _parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text(), filename=str(path))


@pytest.mark.parametrize("name", [name for name in _files(*PURE) if name not in SHELLS])
def test_a_pure_room_does_not_act(name: str) -> None:
    tree = _parse(PACKAGE / name)
    assert set(_imported(tree)) & ACTING == set()
    assert list(_clocks(tree)) == []


@pytest.mark.parametrize("name", [name for name in _files("**/*.py") if not name.startswith(HTTP_ROOMS)])
def test_only_rooms_that_speak_http_import_its_client(name: str) -> None:
    assert set(_imported(_parse(PACKAGE / name))) & HTTP_CLIENTS == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time", {"time"}),
        ("from urllib.request import urlopen", {"urllib.request"}),
        ("from urllib import request", {"urllib.request"}),
        ("from urllib.parse import quote", set()),
        ("if TYPE_CHECKING:\n    import socket", {"socket"}),
    ],
)
def test_the_test_sees_every_form_of_import(source: str, found: set[str]) -> None:
    assert set(_imported(ast.parse(source))) & ACTING == found


def test_the_test_sees_the_clock() -> None:
    assert list(_clocks(ast.parse("datetime.datetime.now(UTC)\ndate.today()\nself.now()"))) != []
    assert list(_clocks(ast.parse("state.now"))) == []
