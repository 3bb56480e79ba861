"""A missing or wrong engine is one clear error, with the command that fixes it; nothing of it is imported to tell."""

import ctypes
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

from olbuild.core.errors import EngineError
from olbuild.llama import find
from olbuild.llama.check import _CONTEXT, _MODEL, check_layout, check_version
from olbuild.llama.version import FIX, MEND, VERSION
from tests.tools import ROOT

LIBRARIES = Path(msgspec.__file__).parent.parent
BIND = """
import sys
sys.path[:0] = sys.argv[1:2]
import msgspec.structs
sys.path[:1] = sys.argv[2:]
from olbuild.core.errors import EngineError
from olbuild.llama.bind import bind
try:
    bind()
except EngineError as error:
    print(error.message, "|", error.hint)
"""


def _bind(*places: Path) -> str:
    """Bind in an interpreter that has nothing but the standard library, msgspec, olbuild and some places."""
    command = [sys.executable, "-I", "-S", "-c", BIND, str(LIBRARIES), str(ROOT), *map(str, places)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stderr == ""
    return finished.stdout.strip()


def _package(folder: Path, *, version: str, bindings: str = "") -> Path:
    package = folder / "llama_cpp"
    package.mkdir()
    (package / "__init__.py").write_text(f'raise RuntimeError("imported")\n__version__ = "{version}"\n')
    (package / "llama_cpp.py").write_text(bindings)
    return folder


def test_no_engine() -> None:
    said = _bind()
    assert said.startswith("running a model needs llama-cpp-python, which ")
    assert said.endswith(f"| {FIX}")


def test_an_engine_of_another_version(tmp_path: Path) -> None:
    said = _bind(_package(tmp_path, version="0.3.1"))
    assert said.startswith(f"the installed llama-cpp-python is version 0.3.1, and olbuild needs exactly {VERSION} |")


@pytest.mark.parametrize(
    ("bindings", "reason"),
    [
        ("raise FileNotFoundError('no shared library')", "no shared library"),
        ("raise RuntimeError('libllama.so: GLIBC_2.38 not found')", "GLIBC_2.38 not found"),
        ("import ctypes; ctypes.CDLL(None).llama_function_of_another_build", "llama_function_of_another_build"),
        ("import a_module_that_is_missing", "a_module_that_is_missing"),
    ],
)
def test_an_engine_that_cannot_be_loaded(tmp_path: Path, bindings: str, reason: str) -> None:
    said = _bind(_package(tmp_path, version=VERSION, bindings=bindings))
    assert "cannot be loaded" in said
    assert reason in said
    assert said.endswith(MEND)  # it is there, so that an install alone would leave it


@pytest.mark.parametrize(
    ("library", "lacks"), [("libcudart.so.13", True), ("libamdhip64.so.6", True), ("libggml-base.so.0", False)]
)
def test_a_library_that_the_system_lacks_comes_by_no_other_build(tmp_path: Path, library: str, lacks: bool) -> None:  # noqa: FBT001 - a case
    error = f"libllama.so: {library}: cannot open shared object file: No such file or directory"
    said = _bind(_package(tmp_path, version=VERSION, bindings=f"raise RuntimeError({error!r})"))
    hint = said.partition(" | ")[2]
    assert (hint != MEND) == lacks
    assert not lacks or (hint.startswith(f"install what {library} belongs to") and "engine install --cpu" in hint)


def test_the_version_is_read_without_an_import(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(_package(tmp_path, version="1.2.3"))
    installed = find.find()
    assert installed is not None
    assert (installed.version, installed.folder) == ("1.2.3", tmp_path / "llama_cpp")


def test_a_version_must_be_said() -> None:
    check_version(VERSION)
    with pytest.raises(EngineError, match="is version unknown"):
        check_version("")


def _library(*, context: dict[str, object], model: dict[str, object]) -> ModuleType:
    class Defaults:
        def __init__(self, values: dict[str, object]) -> None:
            self.__dict__.update(values)

    library = ModuleType("library")
    library.llama_context_default_params = lambda: Defaults(context)  # type: ignore[attr-defined]
    library.llama_model_default_params = lambda: Defaults(model)  # type: ignore[attr-defined]
    return library


@pytest.mark.parametrize("field", [*_CONTEXT, *_MODEL])
def test_any_default_at_another_place_is_noticed(field: str) -> None:
    check_layout(_library(context=dict(_CONTEXT), model=dict(_MODEL)))
    with pytest.raises(EngineError, match=f"another build than .* was made for .default {field} "):
        check_layout(_library(context={**_CONTEXT, field: 12345}, model={**_MODEL, field: 12345}))


def test_a_function_of_the_c_library_reads_the_stop_flag() -> None:
    from olbuild.running.engine.background import StopFlag

    flag, length = StopFlag(), ctypes.CDLL(None).strlen
    length.argtypes = [ctypes.c_void_p]
    assert length(flag.address) == 0
    flag.set()
    assert length(flag.address) == 1
    flag.clear()
    assert length(flag.address) == 0
