"""The analyst: does one job after the other, from standard input to standard output, until the input ends."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

import msgspec

from olbuild.editor.analysis.messages import LENGTH, Answer, Job
from olbuild.editor.analysis.work import work


def main() -> int:
    """Do jobs. What a job prints goes nowhere: standard output is for answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    jobs = sys.stdin.buffer
    while (data := _read(jobs)) is not None:
        try:
            answer = work(msgspec.msgpack.decode(data, type=Job))
        except Exception as error:  # noqa: BLE001 - one job that fails must not take the next ones along
            answer = Answer(problem=f"{type(error).__name__}: {error}")
        written = msgspec.msgpack.encode(answer)
        answers.write(LENGTH.pack(len(written)) + written)
        answers.flush()
    return 0


def _read(jobs: BinaryIO) -> bytes | None:
    head = jobs.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    data = jobs.read(size)
    return data if len(data) == size else None


sys.exit(main())
