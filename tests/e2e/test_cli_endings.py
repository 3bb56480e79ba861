"""How a run ends when it is interrupted, when nobody reads its output, and when there is no room for it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import OLBUILD, olbuild


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a build that waits for its Modelfile on standard input."""
    command = [str(OLBUILD), "build", "-t", "me/never", "-f", "-", str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        state = Path(f"/proc/{process.pid}")
        if not state.exists():
            pytest.skip("this system has no /proc to see that the process waits")
        # It waits for input when its only thread sleeps while all modules are loaded: typer's are the last.
        deadline = time.monotonic() + 30
        while not _waits(state) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield process
        process.kill()


def _waits(state: Path) -> bool:
    return (state / "wchan").read_text().startswith(("pipe", "anon_pipe")) or (
        (state / "syscall").exists() and (state / "syscall").read_text().startswith("0 0x0 ")
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["INT", "TERM", "HUP"]
)
def test_a_signal_ends_it_quietly(waiting: subprocess.Popen[str], number: signal.Signals, code: int) -> None:
    waiting.send_signal(number)
    output, errors = waiting.communicate(timeout=30)
    assert (waiting.returncode, output, errors) == (code, "", "")
    assert olbuild("ls", "-q").stdout == ""
    olbuild("store", "verify")


@pytest.mark.parametrize("words", [["--help"], ["version"], ["config", "--json"], ["build", "--help"]], ids=" ".join)
def test_nobody_reads(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    finished = subprocess.run([OLBUILD, *words], stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (finished.returncode, finished.stderr) == (141, "")


@pytest.mark.parametrize("words", [["--help"], ["version"], ["config", "--json"], ["build", "--help"]], ids=" ".join)
def test_no_room_for_the_output(words: list[str]) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as stream:
        finished = subprocess.run([OLBUILD, *words], stdout=stream, stderr=subprocess.PIPE, text=True, check=False)
    assert finished.returncode == 8
    assert finished.stderr.startswith("error: standard output: no space left on device\n")
    assert "prune" not in finished.stderr
    assert "Exception ignored" not in finished.stderr


@pytest.mark.parametrize("words", ["config", "--help", "store", "-q ls"])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_survived(closed: str, words: str) -> None:
    finished = subprocess.run(
        ["bash", "-c", f'"{OLBUILD}" {words} {closed}'], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0
    assert "Traceback" not in finished.stderr


def test_a_terminal_without_unicode_is_survived(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "ascii", "OLBUILD_HOME": str(tmp_path / "hémisphère")}
    assert "h\\xe9misph\\xe8re" in olbuild("config", environment=environment).stdout


def test_a_path_that_is_no_unicode_is_survived(tmp_path: Path) -> None:
    home = os.fsencode(tmp_path) + b"/\xff"
    finished = subprocess.run([OLBUILD, "config", "--json", "--home", home], capture_output=True, check=False)
    assert finished.returncode == 0
    assert json.loads(finished.stdout)["settings"]["home"]["value"].encode(errors="surrogateescape") == home
