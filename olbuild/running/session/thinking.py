"""A constraint that begins where the thinking ends."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Protocol

from olbuild.core.errors import UsageError
from olbuild.running.chat.parsing import Thinking
from olbuild.running.jobs import Constraint

_MOST_BLANKS = 8  # bytes, in front of the thinking and behind it
_KEPT = 64


class Tokens(Protocol):
    """What must be known of the tokens of a model; a ``jobs.Runtime`` knows it."""

    @property
    def ends(self) -> frozenset[int]:
        """The tokens that end an answer."""
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token, those of a control token included."""
        ...

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text."""
        ...


class AfterThinking:
    """Lets a model think freely, but not end its answer, and constrains what follows; a ``Constraint``.

    The thinking ends with a token behind which nothing but blanks stands, so that what follows is constrained from its
    first byte on. An answer that begins with neither the thinking nor blanks is constrained at once.

    Args:
        inner: what the answer must look like.
        thinking: what is around the thinking.
        tokens: of the model.
    """

    def __init__(self, inner: Constraint, thinking: Thinking, tokens: Tokens) -> None:
        """Begin before the first token."""
        self._inner, self._tokens = inner, tokens
        self._begins = tuple(text.encode() for text in thinking.begins)
        self._ends = tuple(text.encode() for text in thinking.ends)
        self._thinks, self._may_think, self._held = thinking.opened, not thinking.opened, False
        self._ahead: Constraint | None = None
        """The constraint behind what may still become the beginning of the thinking, if it allows that, too."""
        self._text = b""
        self._blanks = 0

    def mask(self) -> bytes | None:
        """Return what may come; see ``jobs.Constraint``. While the model thinks, all but an end."""
        if self._thinks:
            return self._thinking_mask()
        now = self._now
        mask = self._inner.mask() if now is None else now.mask()
        if mask is None or not self._may_think:
            return mask
        found = bytearray(len(mask)) if now is None else bytearray(mask)
        for begin in self._begins:
            if begin.startswith(self._text):
                rest = begin[len(self._text) :].decode(errors="replace")
                token = self._tokens.tokenize(rest, add_bos=False)[0]
                found[token // 8] |= 1 << token % 8
        return bytes(found)

    def allows(self, token: int) -> bool:
        """Whether a token is allowed now."""
        if self._thinks:
            return token not in self._tokens.ends and not self._overruns(self._tokens.piece(token))
        now = self._now
        return (now is not None and now.allows(token)) or self._may_begin(token) or self._may_be_blank(token)

    def accept(self, token: int) -> None:
        """Go on."""
        piece = b"" if self._held else self._tokens.piece(token)
        if self._held:
            self._inner.accept(token)
        elif self._thinks:
            self._text = (self._text + piece)[-len(max(self._ends, key=len)) - _KEPT :]
            if any(end in self._text for end in self._ends):
                self._thinks, self._text, self._blanks = False, b"", 0
        elif self._may_begin(token):
            self._begin(token, piece)
        elif self._may_be_blank(token) and not (self._now and self._now.allows(token)):
            self._blanks += len(piece)
        else:
            self._inner = self._now or self._inner
            self._held, self._may_think = True, False
            self._inner.accept(token)

    def forced(self) -> Sequence[int]:
        """Return what must follow behind the thinking."""
        return () if self._thinks or self._may_think else self._inner.forced()

    @property
    def finished(self) -> bool:
        """Whether nothing may follow."""
        return self._held and self._inner.finished

    def copy(self) -> AfterThinking:
        """Return one in the same state."""
        other = copy(self)
        other._inner = self._inner.copy()  # noqa: SLF001 - its own
        other._ahead = self._ahead and self._ahead.copy()  # noqa: SLF001 - its own
        return other

    @property
    def _now(self) -> Constraint | None:
        """What holds the next token, unless the thinking begins; ``None`` if it must."""
        return self._ahead if self._text else self._inner

    def _begin(self, token: int, piece: bytes) -> None:
        """Take a token with which the thinking begins, or another answer that begins alike."""
        ahead = self._inner.copy() if not self._text else self._ahead
        self._ahead = ahead if ahead is not None and ahead.allows(token) else None
        if self._ahead is not None:
            self._ahead.accept(token)
        self._text += piece
        if any(begin in self._text for begin in self._begins):
            self._thinks, self._may_think, self._text, self._ahead = True, False, b"", None

    def _may_begin(self, token: int) -> bool:
        """Whether what was written so far, with a token, can still become the beginning of the thinking."""
        if not self._may_think:
            return False
        piece = self._tokens.piece(token)
        text = self._text + (piece if self._text else piece.lstrip())
        return bool(piece and text) and any(_goes_with(begin, text) for begin in self._begins)

    def _may_be_blank(self, token: int) -> bool:
        """Whether a token is blanks where there may be some: before the thinking, and before the answer."""
        if self._held or self._text:
            return False
        piece = self._tokens.piece(token)
        return bool(piece) and piece.isspace() and self._blanks + len(piece) <= _MOST_BLANKS

    def _overruns(self, piece: bytes) -> bool:
        """Whether a token ends the thinking and has something of the answer in it."""
        text = self._text + piece
        found = [text.find(end) + len(end) for end in self._ends if end in text]
        return bool(found) and bool(text[min(found) :].strip())

    def _thinking_mask(self) -> bytes:
        whole = bytearray(b"\xff" * len(self._inner.mask() or b""))
        forbidden = [*self._tokens.ends]
        if any(self._text.endswith(end[:size]) for end in self._ends for size in range(1, len(end))):
            forbidden += [token for token in range(len(whole) * 8) if self._overruns(self._piece(token))]
        for token in forbidden:
            whole[token // 8] &= ~(1 << token % 8)
        return bytes(whole)

    def _piece(self, token: int) -> bytes:
        try:
            return self._tokens.piece(token)
        except UsageError:  # behind the last one, where a mask has room left
            return b""


def _goes_with(begin: bytes, text: bytes) -> bool:
    return begin.startswith(text) or text.startswith(begin)
