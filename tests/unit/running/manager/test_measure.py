"""What a process takes."""

import os
import sys
from pathlib import Path

import pytest

from olbuild.running.manager.measure import own_memory


def test_what_a_process_has_for_itself_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "proc" / "7"
    folder.mkdir(parents=True)
    (folder / "status").write_text("VmRSS:\t  900 kB\nRssAnon:\t  800 kB\nRssFile:\t  100 kB\n")
    assert own_memory(7, tmp_path) == 800 * 1024
    assert own_memory(8, tmp_path) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_this_process_takes_something() -> None:
    assert own_memory(os.getpid()) > 1 << 20
