"""A constraint that begins where the thinking ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from olbuild.running.jobs import Constraint


class AfterThinking:
    """Lets a model think freely and constrains what follows; a ``Constraint``.

    Args:
        inner: what the answer must look like.
        begin: the text that begins the thinking; an answer that begins otherwise is constrained at once.
        end: the text that ends it.
        opened: whether the prompt has begun it.
        piece: gives the bytes of a token.
    """

    def __init__(self, inner: Constraint, *, begin: str, end: str, opened: bool, piece: Callable[[int], bytes]) -> None:
        """Begin before the first token."""
        self._inner, self._piece = inner, piece
        self._begin, self._end = begin.encode(), end.encode()
        self._opened = opened
        self._closed = False
        self._text = b""

    @property
    def _thinking(self) -> bool:
        """Whether any token is allowed now."""
        return self._opened and not self._closed

    def mask(self) -> bytes | None:
        """Allow everything while the model thinks."""
        return None if self._thinking else self._inner.mask()

    def allows(self, token: int) -> bool:
        """Allow everything while the model thinks, and to begin with it."""
        return self._thinking or self._may_begin(token) or self._inner.allows(token)

    def accept(self, token: int) -> None:
        """Go on."""
        if self._thinking:
            self._text = (self._text + self._piece(token))[-len(self._end) - 64 :]
            self._closed = self._end in self._text
        elif self._may_begin(token):
            self._text += self._piece(token)
            if self._begin in self._text:
                self._opened, self._text = True, b""
        else:
            self._opened = self._closed = True
            self._inner.accept(token)

    def forced(self) -> Sequence[int]:
        """Return what must follow behind the thinking."""
        return self._inner.forced() if self._closed else ()

    @property
    def finished(self) -> bool:
        """Whether nothing may follow."""
        return not self._thinking and self._inner.finished

    def _may_begin(self, token: int) -> bool:
        """Whether what was written so far, with a token, can still become the beginning of the thinking."""
        if self._opened:
            return False
        text = (self._text + self._piece(token)).lstrip()
        return self._begin.startswith(text) or text.startswith(self._begin)
