"""The lock beside a file that is read, changed and replaced."""

import errno
import fcntl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from olbuild.storage.registry.locking import alone_with


def test_no_change_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("0")

    def count(_round: int) -> None:
        with alone_with(file):
            number = int(file.read_text())
            threading.Event().wait(0.001)
            file.write_text(str(number + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(40)))
    assert file.read_text() == "40"
    assert list(tmp_path.iterdir()) == [file]


def test_a_lock_file_that_was_left_behind_is_free(tmp_path: Path) -> None:
    (tmp_path / ".config.json.olbuild-lock").touch()
    with alone_with(tmp_path / "config.json"):
        pass
    assert list(tmp_path.iterdir()) == []


def refusing(monkeypatch: pytest.MonkeyPatch, reason: int) -> None:
    def refuse(_descriptor: int, _kind: int) -> None:
        raise OSError(reason, "no")

    monkeypatch.setattr(fcntl, "flock", refuse)


def test_a_file_system_without_locks_is_used_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, errno.ENOLCK)
    entered = False
    with alone_with(tmp_path / "config.json"):
        entered = True
    assert entered


def test_a_lock_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="no"), alone_with(tmp_path / "config.json"):
        pass
