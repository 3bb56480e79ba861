"""What came of an evaluation that did not happen."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.core.errors import OlbuildError
from olbuild.running.engine.failure import failure


class NotEvaluated(Exception):
    """The feeds of a step did not happen; its edits did.

    Attributes:
        lost: sequences that hold nothing any more, because the model cannot forget a part of one, or a copy could not
            be restored.
        full: there were not enough cells.
        error: what llama.cpp says; ``None`` if the stop flag was set, or ``full``.
        request: whose error it is; ``None`` if it is that of all requests of the step.
    """

    def __init__(
        self,
        *,
        lost: frozenset[int] = frozenset(),
        full: bool = False,
        error: OlbuildError | None = None,
        request: int | None = None,
    ) -> None:
        """Keep the facts."""
        super().__init__()
        self.lost, self.full, self.error, self.request = lost, full, error, request


def not_evaluated(code: int, count: int, take_back: Callable[[], frozenset[int]]) -> NotEvaluated:
    """Return what a number of ``llama_decode`` other than 0 means.

    Args:
        code: the number.
        count: how many tokens were to be evaluated.
        take_back: forgets what was; returns the sequences that had to be forgotten as a whole.
    """
    match code:
        case 1:  # no cells; the memory is as it was before
            return NotEvaluated(full=True)
        case -1:  # as before, too
            return NotEvaluated(error=failure(f"llama.cpp refused to evaluate {count} tokens"))
        case 2:  # aborted
            return NotEvaluated(lost=take_back())
    error = failure(f"llama.cpp failed to evaluate {count} tokens (code {code})")
    return NotEvaluated(lost=take_back(), error=error)
