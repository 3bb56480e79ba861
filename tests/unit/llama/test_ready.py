"""A ready wheel comes from an index, with the real pip; what fails is said, and then the engine is compiled."""

import http.server
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.core.events import Event, Said
from olbuild.llama.install import ensure
from olbuild.llama.install.ready import UPSTREAM, fetch_ready
from olbuild.llama.install.wish import Wish
from olbuild.llama.version import VERSION

WHEEL = f"llama_cpp_python-{VERSION}-py3-none-any.whl"
METADATA = f"Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: {VERSION}\n"
BINDINGS = "raise RuntimeError('libllama.so: GLIBC_2.38 not found')\n"


class Index(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Be silent."""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    """Serve a folder as an index, and return its address; the wheel there has code for CUDA, and cannot be loaded."""
    folder = tmp_path / "index" / "llama-cpp-python"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        information = f"llama_cpp_python-{VERSION}.dist-info"
        archive.writestr(f"{information}/METADATA", METADATA)
        archive.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{information}/RECORD", "")
        archive.writestr("llama_cpp/__init__.py", f'__version__ = "{VERSION}"\n')
        archive.writestr("llama_cpp/llama_cpp.py", BINDINGS)
        archive.writestr("llama_cpp/lib/libggml-cuda.so", "")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Index, directory=str(tmp_path / "index")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def _said(events: list[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Said))


def test_a_wheel_is_downloaded(index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "http://127.0.0.1:1/never-asked")
    (tmp_path / "scratch").mkdir()
    found = fetch_ready(tmp_path / "scratch", "cuda", index, lambda _: None)
    assert found is not None
    assert found.name == WHEEL


def test_a_wheel_for_something_else_is_not_taken(index: str, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    events: list[Event] = []
    assert fetch_ready(tmp_path / "scratch", "rocm", index, events.append) is None
    assert "the wheel there was not built for rocm" in _said(events)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_there_is_no_wheel(index: str, tmp_path: Path) -> None:
    (tmp_path / "index" / "llama-cpp-python" / WHEEL).unlink()
    (tmp_path / "scratch").mkdir()
    events: list[Event] = []
    assert fetch_ready(tmp_path / "scratch", "cuda", index, events.append) is None
    assert f"there is no wheel of llama-cpp-python {VERSION} for this platform" in _said(events)


def test_the_index_cannot_be_reached(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    events: list[Event] = []
    assert fetch_ready(tmp_path / "scratch", "cpu", "http://127.0.0.1:1/", events.append) is None
    assert "http://127.0.0.1:1/ cannot be reached" in _said(events)


def test_wheels_for_cuda_follow_the_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(command: list[str]) -> tuple[int, str]:
        asked.append(command[command.index("--index-url") + 1])
        return 1, "ERROR: No matching distribution found"

    monkeypatch.setattr("olbuild.llama.install.ready.cuda_version", lambda: 127)
    assert fetch_ready(tmp_path, "cuda", "", lambda _: None, run) is None
    assert asked == [f"{UPSTREAM}/cu126", f"{UPSTREAM}/cu125", f"{UPSTREAM}/cu124"]


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Let there be no engine until one is installed, and return what is installed."""
    installed: list[Path] = []
    monkeypatch.setattr(ensure, "_is_present", lambda: bool(installed))
    monkeypatch.setattr(ensure, "_install", lambda wheel, _emit: installed.append(wheel))
    return installed


def test_a_wheel_that_cannot_be_loaded_is_not_installed(
    index: str, tmp_path: Path, nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(scratch: Path, *_others: object) -> Path:
        wheel = scratch / WHEEL
        wheel.write_bytes((tmp_path / "index" / "llama-cpp-python" / WHEEL).read_bytes())
        return wheel

    for name in ("require_compilers", "require_accelerator", "require_space"):
        monkeypatch.setattr(ensure, name, lambda *_: None)
    monkeypatch.setattr(ensure, "build_wheel", build)
    events: list[Event] = []
    wish = Wish(accelerator="cuda", ready=True, index=index)
    assert ensure.ensure_engine(tmp_path / "cache", events.append, wish) == "compiled"
    assert "the ready wheel does not work here:" in _said(events)
    assert "GLIBC_2.38 not found" in _said(events)
    assert len(nothing_installed) == 1
    nothing_installed.clear()
    assert ensure.ensure_engine(tmp_path / "cache", events.append, wish) == "cached"


def test_a_wheel_that_works_is_installed_and_kept(
    index: str, tmp_path: Path, nothing_installed: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensure, "_try", lambda *_: None)
    wish = Wish(accelerator="cuda", ready=True, index=index)
    assert ensure.ensure_engine(tmp_path / "cache", wish=wish) == "ready"
    (wheel,) = nothing_installed
    assert wheel.is_relative_to(tmp_path / "cache")
    nothing_installed.clear()
    offline = Wish(accelerator="cuda", ready=True, index=index, offline=True)
    assert ensure.ensure_engine(tmp_path / "cache", wish=offline) == "cached"


def test_an_engine_for_another_machine_is_replaced(tmp_path: Path, nothing_installed: list[Path]) -> None:
    nothing_installed.append(Path("another"))
    assert ensure.ensure_engine(tmp_path / "cache") == "present"
    with pytest.raises(EngineError, match="nothing may be fetched"):
        ensure.ensure_engine(tmp_path / "cache", wish=Wish(again=True, offline=True))


def test_offline_nothing_is_fetched(tmp_path: Path, nothing_installed: list[Path]) -> None:
    with pytest.raises(EngineError, match="the engine is not in the cache") as caught:
        ensure.ensure_engine(tmp_path / "cache", wish=Wish(ready=True, offline=True))
    assert caught.value.hint == "leave --offline out once"
    assert nothing_installed == []


def test_an_engine_without_the_accelerator_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "llama_cpp"
    (package / "lib").mkdir(parents=True)
    (package / "__init__.py").write_text(f'__version__ = "{VERSION}"\n')
    (tmp_path / "llguidance.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    assert ensure.ensure_engine(tmp_path / "cache", wish=Wish(accelerator="cpu")) == "present"
    with pytest.raises(EngineError, match="nothing may be fetched"):
        ensure.ensure_engine(tmp_path / "cache", wish=Wish(accelerator="vulkan", offline=True))
    (package / "lib" / "libggml-vulkan.so").write_text("")
    assert ensure.ensure_engine(tmp_path / "cache", wish=Wish(accelerator="vulkan")) == "present"
    with pytest.raises(EngineError, match="nothing may be fetched"):
        ensure.ensure_engine(tmp_path / "cache", wish=Wish(accelerator="cpu", offline=True))
