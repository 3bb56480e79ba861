"""What an engine is built for, told to its build and read from what was built."""

import zipfile
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.llama.install.accelerator import Accelerator, built_for, built_into, cmake_arguments
from olbuild.llama.install.key import Machine, engine_key
from olbuild.llama.install.stored import stored_engines
from olbuild.llama.install.tools import require_accelerator

MACHINE = Machine(system="linux", architecture="x86_64", c_library="glibc2.36")


def _wheel(path: Path, *libraries: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("libllama.so", "libggml-cpu.so", *libraries):
            archive.writestr(f"llama_cpp/lib/{name}", "")
    return path


@pytest.mark.parametrize(
    ("accelerator", "library", "flag"),
    [
        ("cuda", "libggml-cuda.so", "-DGGML_CUDA=on"),
        ("rocm", "libggml-hip.so", "-DGGML_HIP=on"),
        ("metal", "libggml-metal.dylib", "-DGGML_METAL=on"),
        ("vulkan", "libggml-vulkan.so", "-DGGML_VULKAN=on"),
    ],
)
def test_an_accelerator(tmp_path: Path, accelerator: Accelerator, library: str, flag: str) -> None:
    assert built_into(_wheel(tmp_path / "x.whl", library)) == ("cpu", accelerator)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / library).write_text("")
    assert built_for(tmp_path) == ("cpu", accelerator)
    assert cmake_arguments(accelerator, "-DX=1") == f"-DX=1 {flag}"
    with pytest.raises(EngineError, match=f"the engine must be compiled for {accelerator}, and this machine lacks"):
        require_accelerator(accelerator, lambda _: None)
    require_accelerator(accelerator, lambda name: name)


def test_the_processor_needs_nothing_more(tmp_path: Path) -> None:
    assert built_into(_wheel(tmp_path / "x.whl")) == ("cpu",)
    assert built_for(tmp_path) == ("cpu",)
    require_accelerator("cpu", lambda _: None)
    require_accelerator(None, lambda _: None)
    assert cmake_arguments(None, "") == ""


def test_the_accelerator_is_part_of_the_key() -> None:
    names: tuple[Accelerator, ...] = ("cuda", "rocm", "vulkan")
    keys = {engine_key("1", MACHINE, {"CMAKE_ARGS": cmake_arguments(each, "")}) for each in names}
    assert len(keys | {engine_key("1", MACHINE)}) == 4


def test_the_cache_is_listed(tmp_path: Path) -> None:
    _wheel(tmp_path / "b" / "x.whl", "libggml-cuda.so")
    _wheel(tmp_path / "a" / "x.whl")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "x.whl").write_text("damaged")
    (tmp_path / "d").mkdir()
    assert [(one.key, one.built_for) for one in stored_engines(tmp_path)] == [
        ("a", ("cpu",)),
        ("b", ("cpu", "cuda")),
        ("c", ()),
    ]
    assert list(stored_engines(tmp_path / "nowhere")) == []
