"""Text to tokens, tokens to bytes."""

from __future__ import annotations

import ctypes
from types import ModuleType

from olbuild.core.errors import EngineError, UnsupportedError, UsageError

_PIECE_BYTES = 256


class Vocabulary:
    """The vocabulary of loaded weights."""

    def __init__(self, llama: ModuleType, handle: object) -> None:
        """Keep the handle, which lives as long as the weights."""
        self._llama, self._handle = llama, handle
        self.size: int = llama.llama_vocab_n_tokens(handle)
        self._bos: int = llama.llama_vocab_bos(handle)
        self._eos: int = llama.llama_vocab_eos(handle)
        self._begins: bool = llama.llama_vocab_get_add_bos(handle)
        self._pieces: dict[int, bytes] = {}
        self._ends: dict[int, bool] = {}

    @property
    def bos(self) -> str:
        """Text of the token that begins a sequence."""
        return self._text(self._bos)

    @property
    def eos(self) -> str:
        """Text of the token that ends a sequence."""
        return self._text(self._eos)

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text; see ``olbuild.running.jobs.Runtime``.

        llama.cpp could add the first token itself, but would add it twice, and for some models one at the end too.
        """
        data = text.encode("utf-8", errors="replace")
        room = len(data) // 2 + 16
        array = (self._llama.llama_token * room)()
        count = self._llama.llama_tokenize(self._handle, data, len(data), array, room, False, special)  # noqa: FBT003
        if count < 0:
            room = -count
            array = (self._llama.llama_token * room)()
            count = self._llama.llama_tokenize(self._handle, data, len(data), array, room, False, special)  # noqa: FBT003
        if count < 0:
            raise EngineError(f"llama.cpp cannot tokenize a text of {len(data)} bytes")
        tokens = tuple(array[:count])
        begins = add_bos and self._begins and self._bos != self._llama.LLAMA_TOKEN_NULL
        return (self._bos, *tokens) if begins and tokens[:1] != (self._bos,) else tokens

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token as they stand in a text; control tokens have none."""
        known = self._pieces.get(token)
        if known is None:
            known = self._pieces[token] = self._piece(token, special=False)
        return known

    def shown(self, token: int) -> bytes:
        """Return the bytes of a token; those of a control token are its name.

        Raises:
            UsageError: if there is no such token.
        """
        if not 0 <= token < self.size:
            raise UsageError(f"there is no token {token}: the vocabulary has {self.size}")
        return self._piece(token, special=True)

    def ends(self, token: int) -> bool:
        """Whether the model ends its answer with this token."""
        known = self._ends.get(token)
        if known is None:
            known = self._ends[token] = bool(self._llama.llama_vocab_is_eog(self._handle, token))
        return known

    @property
    def infills(self) -> bool:
        """Whether there are tokens for filling in the middle."""
        return self._llama.LLAMA_TOKEN_NULL not in self._fill_marks

    def infill(self, prefix: str, suffix: str, most: int) -> tuple[int, ...]:
        """Return the prompt for what stands between two texts, as llama.cpp's server makes it (``/infill``).

        Args:
            prefix: what stands before; its beginning is left out if it is too long.
            suffix: what stands behind; of this, the end.
            most: most tokens of the prompt. Of texts that are both too long, the prefix gets three quarters.

        Raises:
            UnsupportedError: if the vocabulary has no tokens for that.
        """
        if not self.infills:
            raise UnsupportedError("the model has no tokens for filling in the middle", capability="insert")
        before, behind = (self.tokenize(text, add_bos=False, special=False) for text in (prefix, suffix))
        begin = (self._bos,) if self._begins and self._bos != self._llama.LLAMA_TOKEN_NULL else ()
        room = max(0, most - len(begin) - len(self._fill_marks))
        kept = max(min(len(before), room * 3 // 4), room - len(behind))
        front, back, middle = self._fill_marks
        return (*begin, front, *before[max(0, len(before) - kept) :], back, *behind[: max(0, room - kept)], middle)

    @property
    def _fill_marks(self) -> tuple[int, int, int]:
        llama, handle = self._llama, self._handle
        return (llama.llama_vocab_fim_pre(handle), llama.llama_vocab_fim_suf(handle), llama.llama_vocab_fim_mid(handle))

    def _piece(self, token: int, *, special: bool, room: int = _PIECE_BYTES) -> bytes:
        buffer = ctypes.create_string_buffer(room)
        size = self._llama.llama_token_to_piece(self._handle, token, buffer, room, 0, special)
        return self._piece(token, special=special, room=-size) if size < 0 else buffer.raw[:size]

    def _text(self, token: int) -> str:
        if token == self._llama.LLAMA_TOKEN_NULL:
            return ""
        text: bytes | None = self._llama.llama_vocab_get_text(self._handle, token)
        return (text or b"").decode("utf-8", errors="replace")
