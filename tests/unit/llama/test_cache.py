"""The cache of compiled engines: whole wheels only, one builder at a time, no leftovers."""

import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from olbuild.core.errors import ResourceError
from olbuild.core.events import Event, Said, ignore
from olbuild.llama.install.cache import WheelCache


@pytest.fixture
def cache(tmp_path: Path) -> WheelCache:
    return WheelCache(folder=tmp_path / "cache" / "key")


def _wheel(folder: Path) -> Path:
    path = folder / "engine-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("engine/lib.so", b"machine code" * 1000)
    return path


def test_a_wheel_comes_back(cache: WheelCache, tmp_path: Path) -> None:
    with cache.lock(ignore):
        assert cache.get() is None
        put = cache.put(_wheel(tmp_path))
        assert cache.get() == put
    assert put.read_bytes() == _wheel(tmp_path).read_bytes()


def test_a_damaged_wheel_counts_as_missing_and_goes(cache: WheelCache, tmp_path: Path) -> None:
    with cache.lock(ignore):
        put = cache.put(_wheel(tmp_path))
        data = bytearray(put.read_bytes())
        data[200] ^= 1
        put.write_bytes(data)
        assert cache.get() is None
        assert not put.exists()


def test_a_cut_wheel_counts_as_missing(cache: WheelCache, tmp_path: Path) -> None:
    with cache.lock(ignore):
        put = cache.put(_wheel(tmp_path))
        put.write_bytes(put.read_bytes()[:100])
        assert cache.get() is None


def test_what_a_killed_build_left_is_removed(cache: WheelCache) -> None:
    with cache.lock(ignore):
        leftover = cache.folder / ".build-killed"
        (leftover / "wheels").mkdir(parents=True)
        (cache.folder / ".build-file").write_bytes(b"half a wheel")
        with cache.scratch() as scratch:
            assert sorted(cache.folder.glob(".build-*")) == [scratch]
            (scratch / "object.o").write_bytes(b"")
        assert list(cache.folder.glob(".build-*")) == []


def test_a_second_process_waits(cache: WheelCache) -> None:
    code = (
        "import sys, pathlib; from olbuild.llama.install.cache import WheelCache\n"
        "with WheelCache(folder=pathlib.Path(sys.argv[1])).lock(lambda event: None):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(cache.folder)]
    said: list[Event] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        entered = threading.Event()

        def enter() -> None:
            with cache.lock(said.append):
                entered.set()

        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.2)
        other.stdin.close()
        assert entered.wait(20)
        thread.join()
    assert said == [Said(text="another process is making this engine; waiting for it")]


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(ResourceError, match="cannot be written: Not a directory"),
        WheelCache(folder=tmp_path / "file" / "key").lock(ignore),
    ):
        pass
