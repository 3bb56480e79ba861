"""The vocabulary for all threads."""

import threading
from typing import cast

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.runtime.lexicon import Lexicon


class Slow:
    """A vocabulary that takes as long for a text as the test wants."""

    size = 1

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def tokenize(self, _text: str, *, add_bos: bool, special: bool) -> tuple[int, ...]:
        self.begun.set()
        assert self.go_on.wait(20)
        return (int(add_bos), int(special))

    def piece(self, token: int) -> bytes:
        return bytes([token])


def test_a_long_text_holds_up_no_other_thread_but_the_end() -> None:
    slow = Slow()
    lexicon = Lexicon(cast("Vocabulary", slow))
    found: list[tuple[int, ...]] = []
    reader = threading.Thread(target=lambda: found.append(lexicon.tokenize("x" * 10)))
    closer = threading.Thread(target=lexicon.close)
    reader.start()
    assert slow.begun.wait(20)
    assert lexicon.piece(65) == b"A"
    closer.start()
    closer.join(0.1)
    assert closer.is_alive()
    slow.go_on.set()
    for thread in (closer, reader):
        thread.join(20)
        assert not thread.is_alive()
    assert found == [(1, 1)]
    with pytest.raises(EngineError, match="closed"):
        lexicon.piece(65)
