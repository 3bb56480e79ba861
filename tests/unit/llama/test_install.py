"""The way to an engine, with a package index and compilers that are made up; only pip is real."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.core.events import Event, Said
from olbuild.llama.install import amx, ensure
from olbuild.llama.install.compile import build_wheel
from olbuild.llama.install.key import Machine
from olbuild.llama.version import REQUIREMENTS, VERSION
from tests.tools import ROOT

MACHINE = Machine(system="linux", architecture="x86_64", c_library="glibc2.36")
BROKEN_SOURCE = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
def build_wheel(*_):
    import os
    print("CFLAGS:", os.environ.get("CFLAGS"), "CXXFLAGS:", os.environ.get("CXXFLAGS"), flush=True)
    print("[20/40] g++ one.cpp", flush=True)
    print("[40/40] g++ two.cpp: error: no such type", flush=True)
    raise SystemExit(1)
"""


def test_the_version_is_the_one_that_the_extra_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert tuple(project["optional-dependencies"]["engine"]) == REQUIREMENTS


def test_an_engine_that_is_there_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").write_text(f'__version__ = "{VERSION}"\n')
    (tmp_path / "llguidance.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    heard: list[Event] = []
    assert ensure.ensure_engine(tmp_path / "cache", heard.append) == "present"
    assert heard == [Said(text=f"the engine is here already: llama-cpp-python {VERSION}")]
    assert not (tmp_path / "cache").exists()


def _source(folder: Path) -> Path:
    """Make a package of the engine's name whose build fails."""
    source = folder / "llama_cpp_python"
    source.mkdir()
    (source / "pyproject.toml").write_text(
        BROKEN_SOURCE + f'[project]\nname = "llama-cpp-python"\nversion = "{VERSION}"\n'
    )
    (source / "backend.py").write_text(BACKEND)
    return source


def test_a_failed_build_shows_the_end_of_its_log_and_where_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("olbuild.llama.install.compile.REQUIREMENTS", (str(_source(tmp_path)),))
    log, scratch, heard = tmp_path / "build.log", tmp_path / "scratch", list[Event]()
    scratch.mkdir()
    with pytest.raises(EngineError, match=f"compiling llama-cpp-python {VERSION} failed") as caught:
        build_wheel(scratch, log, heard.append, MACHINE)
    assert caught.value.hint is not None
    assert str(log) in caught.value.hint
    assert "two.cpp: error: no such type" in caught.value.hint
    assert "two.cpp: error: no such type" in log.read_text()
    assert [event.text[:26] for event in heard if isinstance(event, Said)][1:] == [
        "compiling llama.cpp:  50 %",
        "compiling llama.cpp: 100 %",
    ]


@pytest.mark.parametrize(
    ("machine", "flags"),
    [
        (Machine(system="linux", architecture="x86_64", c_library=""), f"-g {amx.FLAGS}"),
        (Machine(system="linux", architecture="x86_64", c_library="", features=frozenset({"amx_tile"})), "-g"),
        (Machine(system="linux", architecture="aarch64", c_library=""), "-g"),
    ],
)
def test_a_matrix_unit_that_does_not_work_is_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, machine: Machine, flags: str
) -> None:
    monkeypatch.setattr("olbuild.llama.install.compile.REQUIREMENTS", (str(_source(tmp_path)),))
    monkeypatch.setenv("CFLAGS", "-g")
    monkeypatch.setenv("CXXFLAGS", "-g")
    (tmp_path / "scratch").mkdir()
    with pytest.raises(EngineError):
        build_wheel(tmp_path / "scratch", tmp_path / "log", lambda _: None, machine)
    assert f"CFLAGS: {flags} CXXFLAGS: {flags}\n" in (tmp_path / "log").read_text()


def test_a_matrix_unit_counts_when_a_program_that_uses_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert amx.usable(["sse2", "avx2"]) == {"sse2", "avx2"}
    monkeypatch.setenv("CXX", "false")
    assert amx.usable(["avx2", "amx_tile", "amx_int8"]) == {"avx2"}
    monkeypatch.setenv("CXX", "/no/such/compiler")
    assert amx.usable(["amx_tile"]) == set()


def test_the_program_ends_with_a_clear_error(tmp_path: Path) -> None:
    # An interpreter without site-packages has no engine, and a PATH without programs has no compiler.
    finished = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(ROOT), str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert finished.returncode == 1, finished.stderr
    assert "error: the engine must be compiled, and this machine lacks a C compiler" in finished.stderr
    assert "Traceback" not in finished.stderr


PROGRAM = """
import sys
sys.path.append(sys.argv[1])
import olbuild.llama.install.ensure as ensure
ensure._is_present = lambda: False
from olbuild.llama.install.__main__ import main
sys.exit(main(["--cache", sys.argv[2]]))
"""
