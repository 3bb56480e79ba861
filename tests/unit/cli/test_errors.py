"""One renderer for whatever ends the program, and one table of exit codes."""

import errno
import io
import re
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.errors import Failure, describe, end, render
from olbuild.cli.interruption import Interrupted
from olbuild.cli.streams import write_line
from olbuild.core.errors import (
    EngineError,
    FormatError,
    IntegrityError,
    ModelfileError,
    NotFoundError,
    OlbuildError,
    PolicyError,
    RefusedError,
    RegistryError,
    ResourceError,
    StoreError,
    UsageError,
)
from olbuild.core.text import Diagnostic, Source, Span


def modelfile_error() -> ModelfileError:
    source = Source("Modelfile", "FROM x\nFOO bar\n")
    found = Diagnostic(code="OLB101", message="unknown instruction FOO", span=Span(source, 7, 10), hint="remove it")
    return ModelfileError((found, found))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OlbuildError("x"), 1),
        (StoreError("x"), 1),
        (EngineError("x"), 1),
        (UsageError("x"), 2),
        (modelfile_error(), 3),
        (NotFoundError("x"), 4),
        (RefusedError("x"), 5),
        (RegistryError("x"), 6),
        (IntegrityError("x"), 7),
        (FormatError("x"), 7),
        (ResourceError("x"), 8),
        (PolicyError("x"), 9),
        (MemoryError(), 8),
        (OSError(errno.ENOSPC, "No space left on device", "/f"), 8),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 8),
        (OSError(errno.EMFILE, "Too many open files"), 8),
        (PermissionError(errno.EACCES, "Permission denied", "/f"), 1),
        (OSError(errno.EROFS, "Read-only file system", "/f"), 1),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "/f"), 4),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), 6),
        (TimeoutError("timed out"), 6),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 6),
        (ZeroDivisionError("division by zero"), 1),
        (KeyboardInterrupt(), 130),
        (Interrupted(signal.SIGTERM), 143),
        (Interrupted(signal.SIGHUP), 129),
        (SystemExit(5), 5),
        (SystemExit(None), 0),
        (SystemExit("text"), 1),
    ],
    ids=repr,
)
def test_exit_codes(error: BaseException, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert end(error) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "Traceback" not in printed.err
    assert bool(printed.err) == (not isinstance(error, KeyboardInterrupt | SystemExit))


def test_message_and_hint() -> None:
    failure = describe(NotFoundError("no such name", hint="try this\n        or that"))
    assert render(failure, colour=False) == ["error: no such name", "hint: try this", "      or that"]


def test_a_modelfile_error_is_all_its_drawings(capsys: pytest.CaptureFixture[str]) -> None:
    error = modelfile_error()
    assert end(error) == 3
    drawn = "\n".join(diagnostic.render() for diagnostic in error.diagnostics)
    assert capsys.readouterr().err == drawn + "\n"


def test_colour_changes_no_letter() -> None:
    for error in (modelfile_error(), UsageError("what", hint="how")):
        plain, coloured = (render(describe(error), colour) for colour in (False, True))
        assert coloured != plain
        assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == plain


def test_a_bug_says_that_it_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(ZeroDivisionError("division by zero")) == 1
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: this is a bug in olbuild: ZeroDivisionError: division by zero"
    assert "--debug" in second


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        _ = 1 / 0
    assert end(raised.value, debug=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_system_error_names_the_file() -> None:
    failure = describe(OSError(errno.ENOSPC, "No space left on device", "/some/file"))
    assert failure.text == "/some/file: no space left on device"
    assert "olbuild df" in (failure.hint or "")


@given(st.text(), st.none() | st.text())
def test_no_control_character_reaches_the_terminal(text: str, hint: str | None) -> None:
    for line in render(Failure(text=text, hint=hint), colour=False):
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", line)


def test_a_full_output_is_not_a_full_store(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sys.stdout", Full())
    with pytest.raises(OSError, match="No space left") as raised:
        write_line(sys.stdout, "text")
    failure = describe(raised.value)
    assert failure.text == "standard output: no space left on device"
    assert "output goes to is full" in (failure.hint or "")
    assert failure.exit_code == 8


def test_a_current_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(FileNotFoundError) as raised:
        Path("x").absolute()
    failure = describe(raised.value)
    assert (failure.text, failure.exit_code) == ("the current folder does not exist any more", 4)
