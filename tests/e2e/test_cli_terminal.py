"""What a person sees on a terminal: a real one, by a pseudo-terminal with a size."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from olbuild.testing.gguf import TensorSpec, write_gguf
from olbuild.testing.models import model_metadata
from tests.command import OLBUILD, olbuild

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
_IN_TERMINAL = "import os, sys; os.login_tty(int(sys.argv[1])); os.execv(sys.argv[2], sys.argv[2:])"
_LONG = 60.0  # seconds


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, words: tuple[str | Path, ...], columns: int, kind: str) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        command = [sys.executable, "-c", _IN_TERMINAL, str(slave), str(OLBUILD), *map(str, words)]
        self.process = subprocess.Popen(command, pass_fds=[slave], env={**os.environ, "TERM": kind})
        os.close(slave)
        self.raw = ""

    @property
    def text(self) -> str:
        """What was written, without escape sequences."""
        return _ESCAPE.sub("", self.raw)

    def read_until(self, pattern: str) -> None:
        deadline = time.monotonic() + _LONG
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.text!r}"
            if not self._read():
                break
        assert re.search(pattern, self.text), self.text

    def type(self, text: str) -> None:
        # Nobody types in the microseconds between a prompt and the wait for input, in which CPython misses a Ctrl-C.
        time.sleep(0.3)
        os.write(self._master, text.encode())

    def end(self) -> int:
        deadline = time.monotonic() + _LONG
        while self._read():
            assert time.monotonic() < deadline, f"it goes on after {self.text!r}"
        return self.process.wait(_LONG)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self._master, 65536)
        except OSError:  # how Linux says that the other side is closed
            return False
        self.raw += data.decode(errors="replace")
        return bool(data)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@contextmanager
def terminal(*words: str | Path, columns: int = 80, kind: str = "xterm") -> Iterator[Terminal]:
    opened = Terminal(words, columns, kind)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Give a project whose weights take a second or two to store."""
    write_gguf(tmp_path / "large.gguf", model_metadata(), [TensorSpec("token_embd.weight", (32, 3_000_000), seed=1)])
    (tmp_path / "Modelfile").write_text("FROM ./large.gguf\n")
    return tmp_path


@pytest.mark.parametrize("columns", [40, 80])
def test_bars(large: Path, columns: int) -> None:
    with terminal("build", "-t", "me/large", large, columns=columns) as screen:
        assert screen.end() == 0
        assert "━" in screen.text or "─" in screen.text
        assert re.search(r"weights: 384 MB in ", screen.text)
        assert screen.raw.count("\x1b[?25l") == screen.raw.count("\x1b[?25h") > 0
        assert all(len(line) <= columns for line in screen.text.replace("\r", "\n").split("\n") if "%" in line)


def test_ctrl_c_in_the_middle_of_a_build(large: Path) -> None:
    with terminal("build", "-t", "me/large", large) as screen:
        screen.read_until(r"\d%")
        screen.type("\x03")
        assert screen.end() == 130
        assert "Traceback" not in screen.text
        assert screen.raw.count("\x1b[?25l") == screen.raw.count("\x1b[?25h")
    assert olbuild("ls", "-q").stdout == ""
    olbuild("store", "verify")
    olbuild("build", "-q", "-t", "me/large", large)


def test_errors_are_coloured_and_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal("inspect", "nope") as screen:
        assert screen.end() == 4
        assert "\x1b[1;31merror:\x1b[0m" in screen.raw
    monkeypatch.setenv("NO_COLOR", "1")
    with terminal("inspect", "nope") as screen:
        assert screen.end() == 4
        assert screen.raw == screen.text


def test_login_asks_without_echo() -> None:
    with terminal("login", "127.0.0.1:1") as screen:
        screen.read_until("User at 127.0.0.1:1: ")
        screen.type("me\n")
        screen.read_until("Password of me")
        screen.type("secret\n")
        assert screen.end() == 6
        assert "secret" not in screen.text


@pytest.mark.integration
def test_a_conversation(smollm2: Path, tmp_path: Path, hermetic_environment: Path) -> None:
    modelfile = f"FROM {smollm2}\nPARAMETER temperature 0\nPARAMETER num_predict 400\n"
    olbuild("build", "-q", "-t", "me/chat", "-f", "-", tmp_path, stdin=modelfile)
    with terminal("run", "me/chat") as screen:
        screen.read_until(">>>")
        screen.type("Write a very long story.\r")
        screen.read_until(r"story\.\s+\S+ \S+ ")
        screen.type("what is typed in an answer")
        screen.type("\x03")
        screen.read_until(r"\n\s+>>>\s*$")  # the terminal forgets what was typed, and has not shown it
        assert "typed" not in screen.text
        screen.type("half a word\x03")
        screen.read_until(r"half a word\s+>>>\s*$")
        screen.type("\x03")
        screen.read_until(r"ends, /help says more[\s\S]+Ctrl-D ends\s+>>>")
        screen.type("/nonsense\r")
        screen.read_until(r"there is no /nonsense.*\s+>>>")
        screen.type("/sh\t")
        screen.read_until(r"/show")
        screen.type(" sys\t")
        screen.read_until(r"system")
        screen.type("\r")
        screen.read_until(r"the model has no system\s+>>>")
        screen.type("/set parameter num_predict 3\r")
        screen.read_until(r"set: parameter num_predict 3\s+>>>")
        screen.type("one\x1b\rtwo\r")  # Alt-Enter
        screen.read_until(r"two\s+\S[^>]*>>>")
        screen.type("three\x1b[13;2ufour\r")  # Shift-Enter
        screen.read_until(r"four\s+\S[^>]*>>>")
        screen.type("/save me/saved\r")
        screen.read_until(r"saved me/saved\s+>>>")
        screen.type("\x04")
        assert screen.end() == 0
    history = hermetic_environment / "olbuild" / "state" / "history"
    assert "+Write a very long story." in history.read_text()
    assert history.stat().st_mode & 0o077 == 0
    saved = olbuild("show", "me/saved").stdout
    assert "PARAMETER num_predict 3\n" in saved
    assert "MESSAGE user Write a very long story.\n" in saved
    assert "one\ntwo" in saved
    assert "three\nfour" in saved


def test_sigterm_ends_a_conversation(smollm2: Path, tmp_path: Path) -> None:
    olbuild("build", "-q", "-t", "me/chat", "-f", "-", tmp_path, stdin=f"FROM {smollm2}\n")
    with terminal("run", "me/chat") as screen:
        screen.read_until(">>>")
        screen.process.terminate()
        assert screen.end() == 128 + signal.SIGTERM


def test_a_dumb_terminal_gets_no_escape_sequences(smollm2: Path, tmp_path: Path) -> None:
    modelfile = f"FROM {smollm2}\nPARAMETER temperature 0\nPARAMETER num_predict 2\n"
    olbuild("build", "-q", "-t", "me/chat", "-f", "-", tmp_path, stdin=modelfile)
    with terminal("run", "--progress", "none", "me/chat", kind="dumb") as screen:
        screen.read_until(">>> ")
        screen.type("Hello\n")
        screen.read_until(r"Hello\s+\S[^>]*>>> ")
        screen.type("/bye\n")
        assert screen.end() == 0
        assert "\x1b" not in screen.raw
