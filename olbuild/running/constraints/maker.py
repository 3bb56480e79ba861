"""Constraints for one model."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError, UsageError
from olbuild.running.constraints.port import Vocabulary
from olbuild.running.jobs import Constraint
from olbuild.running.requests import Grammar

if TYPE_CHECKING:
    from olbuild.running.constraints.gbnf import Words
    from olbuild.running.constraints.guidance import Guidance


class Constraints:
    """Makes constraints for one model. What that needs of the vocabulary is prepared when it is first asked for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Keep the vocabulary, whose weights must outlive all constraints."""
        self._vocabulary = vocabulary
        self._guidance: Guidance | None = None
        self._words: Words | None = None
        self._lock = threading.Lock()

    def make(self, grammar: Grammar) -> Constraint:
        """Return what holds one answer to a grammar. From any thread.

        Raises:
            UsageError: if the grammar is wrong, too large, or asks what cannot be enforced, which is named.
        """
        if grammar.kind == "gbnf":
            return self._followed(grammar.text)
        with self._lock:
            if self._guidance is None:
                from olbuild.running.constraints.guidance import Guidance  # noqa: PLC0415 - few answers need it

                self._guidance = Guidance(self._vocabulary)
        return self._guidance.make(grammar)

    def _followed(self, text: str) -> Constraint:
        from olbuild.running.constraints.gbnf import Followed, Words  # noqa: PLC0415 - few answers need it
        from olbuild.running.constraints.gbnf_text import read_gbnf  # noqa: PLC0415

        program = read_gbnf(text, self._token)
        with self._lock:
            if self._words is None:
                self._words = Words(self._vocabulary)
        try:
            return Followed(program, self._words)
        except EngineError as error:
            raise UsageError(error.message, hint=error.hint) from None

    def _token(self, text: str) -> int | None:
        tokens = self._vocabulary.tokenize(text, add_bos=False, special=True)
        return tokens[0] if len(tokens) == 1 else None
