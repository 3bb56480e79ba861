"""Programs that are asked: they get all their input, are waited for aloud and not for ever, and may not flood."""

import os
import time

import pytest

from olbuild.storage.registry.asking import Answer, Limits, SilentError, VerboseError, ask

LIMITS = Limits(patience=20, worth_saying=10, most=1 << 20)


def never() -> None:
    raise AssertionError("nobody waited long")


def test_input_output_errors_and_status() -> None:
    text = os.urandom(300_000)  # more than a pipe holds, both ways
    assert ask(["cat"], text, LIMITS, never) == Answer(status=0, output=text, errors=b"")
    answer = ask(["sh", "-c", "echo out; echo err >&2; exit 3"], b"", LIMITS, never)
    assert answer == Answer(status=3, output=b"out\n", errors=b"err\n")


def test_input_that_nobody_reads_is_no_error() -> None:
    assert ask(["true"], b"x" * 300_000, LIMITS, never).status == 0


@pytest.mark.parametrize("script", ["exec sleep 30", "exec >&- 2>&-; exec sleep 30", "echo x; exec sleep 30"])
def test_silence_is_told_once_and_ends(script: str) -> None:
    told: list[float] = []
    begun = time.monotonic()
    with pytest.raises(SilentError):
        ask(["sh", "-c", script], b"", Limits(patience=0.5, worth_saying=0.1), lambda: told.append(time.monotonic()))
    assert len(told) == 1
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("script", ["exec cat /dev/zero", "exec cat /dev/zero >&2"])
def test_a_flood_ends(script: str) -> None:
    with pytest.raises(VerboseError):
        ask(["sh", "-c", script], b"", LIMITS, never)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(OSError, match="No such file"):
        ask(["/nowhere/at/all"], b"", LIMITS, never)
