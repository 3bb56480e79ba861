"""Events as lines of progress, as Ollama's clients draw them."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.events import Advanced, Event, Finished, Started

_DIGEST = "sha256:"
_SHORT = 12


class Progress:
    """Turns events into lines; ``verb`` is ``pulling`` or ``pushing``. What is no blob has no line."""

    def __init__(self, verb: str) -> None:
        """Begin with nothing."""
        self._verb = verb
        self._totals: dict[str, int] = {}
        self._done: dict[str, int] = {}

    def lines(self, event: Event) -> Iterator[dict[str, object]]:
        """Yield the lines of an event."""
        match event:
            case Started(id=digest, total=total) if digest.startswith(_DIGEST) and total is not None:
                self._totals[digest] = total
                self._done[digest] = 0
            case Advanced(id=digest, amount=amount) if digest in self._totals:
                self._done[digest] = min(self._totals[digest], self._done[digest] + amount)
            case Finished(id=digest, outcome=outcome) if digest in self._totals and outcome != "failed":
                self._done[digest] = self._totals[digest]
            case _:
                return
        yield self._line(digest)

    def _line(self, digest: str) -> dict[str, object]:
        short = digest.removeprefix(_DIGEST)[:_SHORT]
        line: dict[str, object] = {"status": f"{self._verb} {short}", "digest": digest, "total": self._totals[digest]}
        if self._done[digest]:
            line["completed"] = self._done[digest]
        return line
