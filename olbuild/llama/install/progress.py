"""How far a build is, read from its output. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_NINJA = re.compile(r"^\s*\[(\d+)/(\d+)\]")
_MAKE = re.compile(r"^\s*\[\s*(\d+)%\]")


def steps(line: str) -> tuple[int, int] | None:
    """Return (done, total) if a line of ninja (``[12/345]``) or of make (``[ 12%]``) says it."""
    if found := _NINJA.match(line):
        done, total = int(found[1]), int(found[2])
        return (done, total) if 0 < total >= done else None
    if found := _MAKE.match(line):
        return min(int(found[1]), 100), 100
    return None


@dataclass(slots=True)
class Meter:
    """Turns lines of output into a line of talk for each further percent."""

    _percent: int = field(default=-1, init=False)

    def read(self, line: str, elapsed: float) -> str | None:
        """Return what there is to say after a line, ``elapsed`` seconds after the start of the build.

        Ninja also counts while cmake probes the compiler, in small builds of their own; those are not it.
        """
        counted = steps(line)
        if counted is None or counted[1] < _SMALLEST_BUILD:
            return None
        percent = 100 * counted[0] // counted[1]
        if percent <= self._percent:
            return None
        self._percent = percent
        minutes, seconds = divmod(int(elapsed), 60)
        return (
            f"compiling llama.cpp: {percent:3d} %  (step {counted[0]} of {counted[1]}, {minutes}:{seconds:02d} so far)"
        )


_SMALLEST_BUILD = 20
