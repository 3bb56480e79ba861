"""The vocabulary for all threads, for as long as the model is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from olbuild.core.errors import EngineError
from olbuild.running.engine.vocabulary import Vocabulary


class Lexicon:
    """Text to tokens and back. The thread that frees the weights closes it first."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Take over a vocabulary of weights that are loaded."""
        self._vocabulary: Vocabulary | None = vocabulary
        self._changed = threading.Condition()
        self._users = 0
        self._ends: frozenset[int] | None = None
        self.size = vocabulary.size

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text."""
        with self._vocabulary_in_use() as vocabulary:
            return vocabulary.tokenize(text, add_bos=add_bos, special=special)

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token as they stand in a text; control tokens have none."""
        with self._vocabulary_in_use() as vocabulary:
            return vocabulary.piece(token)

    def ends(self, token: int) -> bool:
        """Whether the model ends its answer with this token."""
        with self._vocabulary_in_use() as vocabulary:
            return vocabulary.ends(token)

    @property
    def all_ends(self) -> frozenset[int]:
        """All tokens that end an answer."""
        if self._ends is None:
            with self._vocabulary_in_use() as vocabulary:
                self._ends = frozenset(filter(vocabulary.ends, range(self.size)))
        return self._ends

    def shown(self, token: int) -> bytes:
        """Return the bytes of a token, those of a control token included."""
        with self._vocabulary_in_use() as vocabulary:
            return vocabulary.shown(token)

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        """Return the prompt for what stands between two texts."""
        with self._vocabulary_in_use() as vocabulary:
            return vocabulary.infill(prefix, suffix, most)

    def close(self) -> None:
        """Let nobody into the native code any more, and wait until nobody is in it."""
        with self._changed:
            self._vocabulary = None
            while self._users:
                self._changed.wait()

    @contextmanager
    def _vocabulary_in_use(self) -> Iterator[Vocabulary]:
        """Keep the vocabulary; any number of threads may use it (llama.h, "The API is thread-safe")."""
        with self._changed:
            if self._vocabulary is None:
                raise EngineError("the model has been closed")
            vocabulary = self._vocabulary
            self._users += 1
        try:
            yield vocabulary
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()
