"""Texts that mean something in an answer, looked for in a text that is not there as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


class Markers:
    """Some texts, of which the first one that comes is looked for; of two in the same place the longer one."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Compile them."""
        ordered = sorted({text for text in texts if text}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._beginnings = frozenset(text[:length] for text in ordered for length in range(1, len(text)))
        self._longest = max(map(len, self._beginnings), default=0)

    def find(self, text: str, start: int, *, ended: bool) -> tuple[int, str | None]:
        """Return where the first marker is, and which.

        Without one, return where one may have begun, which is the length of the text if none has. Later searches can
        start there.
        """
        unsure = len(text) if ended else self._unsure(text, start)
        found = self._pattern.search(text, start) if self._pattern else None
        if found and found.start() < unsure:
            return found.start(), found[0]
        return unsure, None

    def _unsure(self, text: str, start: int) -> int:
        for at in range(max(start, len(text) - self._longest), len(text)):
            if text[at:] in self._beginnings:
                return at
        return len(text)


@lru_cache(maxsize=256)
def markers(*texts: str) -> Markers:
    """Return these markers, compiled once."""
    return Markers(texts)
