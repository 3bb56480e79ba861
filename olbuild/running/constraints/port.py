"""What a constraint needs to know of the tokens of a model."""

from __future__ import annotations

from typing import Protocol


class Vocabulary(Protocol):
    """The tokens of loaded weights."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def piece(self, token: int) -> bytes:
        """Return the bytes of a token as they stand in a text; control tokens have none."""
        ...

    def ends(self, token: int) -> bool:
        """Whether the model ends its answer with this token."""
        ...

    def tokenize(self, text: str, *, add_bos: bool = True, special: bool = True) -> tuple[int, ...]:
        """Return the tokens of a text; see ``olbuild.running.jobs.Runtime``."""
        ...
