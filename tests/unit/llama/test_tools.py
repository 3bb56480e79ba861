"""What is missing is said before minutes are spent, with the packages that bring it."""

from pathlib import Path

import pytest

from olbuild.core.errors import EngineError, ResourceError
from olbuild.llama.install.tools import require_compilers, require_space

ALL = {"cc", "c++", "cmake"}


def require(*present: str, **environment: str) -> None:
    require_compilers(environment, lambda name: f"/usr/bin/{name}" if name in present else None)


def test_nothing_is_missing() -> None:
    require("gcc", "clang++", "cmake")
    require("cmake", "icx", CC="icx -O2", CXX="icx")


def test_all_that_is_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(EngineError, match=r"lacks a C compiler and a C\+\+ compiler and cmake") as caught:
        require()
    assert caught.value.hint == "on Debian and Ubuntu run: sudo apt install gcc g++ cmake"


def test_a_compiler_that_the_user_chose_must_exist() -> None:
    with pytest.raises(EngineError, match=r"a C\+\+ compiler \(icpx, from CXX\)"):
        require(*ALL, CXX="icpx")


def test_a_full_disk_is_noticed_before(tmp_path: Path) -> None:
    require_space(tmp_path, 1)
    with pytest.raises(ResourceError, match="are free"):
        require_space(tmp_path, 1 << 60)
