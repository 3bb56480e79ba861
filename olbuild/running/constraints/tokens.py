"""The vocabulary of a model as llguidance wants it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from olbuild.core.errors import OlbuildError, UsageError
from olbuild.running.constraints.port import Vocabulary

_PROBE = "\x02"
_MOST_CUT = 512  # bytes of a forced text; each mask has it cut anew, and a text can be as long as a grammar


class _Tokenizer:
    """What llguidance calls to cut forced text into the tokens that the model would use itself.

    It must return tokens of exactly these bytes, and must not raise: llguidance ends the process then.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        pieces = [vocabulary.piece(token) for token in range(vocabulary.size)]
        self.special_token_ids = [token for token, piece in enumerate(pieces) if not piece]
        # Each with a name of its own: llguidance's masks have tokens of one name mixed up.
        self.tokens = [piece or f"<|special {token}|>".encode() for token, piece in enumerate(pieces)]
        self.ends = [token for token in range(vocabulary.size) if vocabulary.ends(token)]
        self.eos_token_id = self.ends[0] if self.ends else None
        self.bos_token_id = None
        # A token alone for each byte that has one, for what llama.cpp's tokenizer changes.
        single = {piece[0]: token for token, piece in enumerate(pieces) if len(piece) == 1}
        self._single = [single.get(byte, -1) for byte in range(256)]
        self._lead = len(self._raw(_PROBE))

    def __call__(self, data: bytes | str) -> Sequence[int]:
        data = data.encode("utf-8", errors="replace") if isinstance(data, str) else data
        if len(data) > _MOST_CUT and all(self._single[byte] >= 0 for byte in set(data)):
            front = data[:_MOST_CUT].decode("utf-8", errors="ignore").encode()
            return [*self._cut(front), *map(self._single.__getitem__, data[len(front) :])]
        return self._cut(data)

    def _cut(self, data: bytes) -> Sequence[int]:
        text = data.decode("utf-8", errors="replace")
        with suppress(OlbuildError):  # the model has been closed
            for tokens in (self._raw(text), self._raw(_PROBE + text)[self._lead :]):
                # Many vocabularies put a blank in front of a text: the second way has it in front of the probe.
                if b"".join(self.tokens[token] for token in tokens) == data:
                    return tokens
        return [token for token in map(self._single.__getitem__, data) if token >= 0]

    def _raw(self, text: str) -> tuple[int, ...]:
        return self._vocabulary.tokenize(text, add_bos=False, special=False)


def llguidance_tokenizer(vocabulary: Vocabulary) -> Any:  # noqa: ANN401 - llguidance is behind a door
    """Return an ``llguidance.LLTokenizer``. This takes about 10 µs for each token: once for each model, if at all.

    Raises:
        UsageError: if the model has no token that ends an answer.
    """
    from llguidance import LLTokenizer, TokenizerWrapper  # noqa: PLC0415 - 11 ms that few models need

    tokenizer = _Tokenizer(vocabulary)
    if not tokenizer.ends:
        raise UsageError("the model has no token that ends an answer, so that no answer can be held to a grammar")
    return LLTokenizer(TokenizerWrapper(tokenizer), eos_token=tokenizer.ends)
