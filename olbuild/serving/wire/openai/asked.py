"""What requests for chats and for completions share besides how tokens are chosen."""

from __future__ import annotations

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.openai.sampling import Sampled

_MOST_ANSWERS = 16


class StreamOptions(msgspec.Struct, kw_only=True):
    """What a stream says besides the answer."""

    include_usage: bool | None = None


class Asked(Sampled, kw_only=True):
    """A request for answers of a model, perhaps several to one question, perhaps in a stream."""

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None

    @property
    def answers(self) -> int:
        """How many answers are wanted, to each prompt.

        Raises:
            UsageError: if that is none, or too many.
        """
        if self.n is not None and not 1 <= self.n <= _MOST_ANSWERS:
            raise UsageError(f"n is {self.n}, and must be between 1 and {_MOST_ANSWERS}")
        return self.n or 1

    @property
    def with_usage(self) -> bool:
        """Whether a stream ends with how many tokens it took."""
        return bool(self.stream_options and self.stream_options.include_usage)
