"""When listeners hear what was said for them: a first word, and an end, at once; others can wait for each other."""

from __future__ import annotations

import time
from collections.abc import Mapping

from olbuild.running.runtime.answer import Answer

_TOGETHER = 0.02  # seconds that a piece of text waits for the next one; nobody sees that


class Delivery:
    """Lets the listeners of answers hear.

    Who hears something wakes up, takes a core from a thread that computes, and waits for the interpreter.

    Args:
        answers: those that are being given; it may change.
    """

    def __init__(self, answers: Mapping[int, Answer]) -> None:
        """Begin with nothing to be heard."""
        self._answers = answers
        self._ended: list[Answer] = []
        self._last = 0.0

    def end(self, answer: Answer) -> None:
        """Keep an answer until its end was heard."""
        self._ended.append(answer)

    def deliver(self, *, at_once: bool = True) -> None:
        """Let everyone hear what was said, if it is time for it."""
        now, answers = time.perf_counter(), self._answers.values()
        if at_once or self._ended or now >= self._last + _TOGETHER or any(answer.waits for answer in answers):
            for answer in (*self._ended, *answers):
                answer.deliver()
            self._ended.clear()
            self._last = now
