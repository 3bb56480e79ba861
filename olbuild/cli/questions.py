"""Questions to a person. They stand on standard error: standard output is for data."""

from __future__ import annotations

import sys


def ask(question: str) -> str:
    """Ask, and return the answer; no answer at all is an interruption."""
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise KeyboardInterrupt
    return answer.strip()
