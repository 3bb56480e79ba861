"""The vocabulary for all threads, for as long as the model is there."""

from __future__ import annotations

import threading

from olbuild.core.errors import EngineError
from olbuild.running.engine.vocabulary import Vocabulary


class Lexicon:
    """Text to tokens and back. The thread that frees the weights closes it first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take over a vocabulary of weights that are loaded."""
        self._vocabulary: Vocabulary | None = vocabulary
        self._lock = threading.Lock()
        self.size = vocabulary.size

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text."""
        with self._lock:
            return self._open().tokenize(text, add_bos=add_bos, special=special)

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token as they stand in a text; control tokens have none."""
        with self._lock:
            return self._open().piece(token)

    def ends(self, token: int) -> bool:
        """Whether the model ends its answer with this token."""
        with self._lock:
            return self._open().ends(token)

    def shown(self, token: int) -> bytes:
        """Return the bytes of a token, those of a control token included."""
        with self._lock:
            return self._open().shown(token)

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        """Return the prompt for what stands between two texts."""
        with self._lock:
            return self._open().infill(prefix, suffix, most)

    def close(self) -> None:
        """Wait until nobody is in the native code, and let nobody in any more."""
        with self._lock:
            self._vocabulary = None

    def _open(self) -> Vocabulary:
        if self._vocabulary is None:
            raise EngineError("the model has been closed")
        return self._vocabulary
