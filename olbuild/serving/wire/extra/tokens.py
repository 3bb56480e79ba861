"""``POST /api/tokenize`` and ``/api/detokenize``; the shape is that of llama.cpp's server, with a model."""

from __future__ import annotations

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Detokenize, Tokenize


class TokenizeRequest(msgspec.Struct, kw_only=True):
    """A request; the text is called ``content``, or ``text``.

    Attributes:
        add_special: begin with the token that begins a sequence, if the model has one.
        parse_special: the texts of special tokens become those tokens.
    """

    model: str | None = None
    content: str | None = None
    text: str | None = None
    add_special: bool | None = None
    parse_special: bool | None = None


class TokenizeAnswer(msgspec.Struct, kw_only=True):
    """The tokens of a text."""

    model: str
    tokens: list[int]
    count: int


class DetokenizeRequest(msgspec.Struct, kw_only=True):
    """A request."""

    model: str | None = None
    tokens: list[int] | None = None


class DetokenizeAnswer(msgspec.Struct, kw_only=True):
    """The text of tokens."""

    model: str
    content: str


def as_tokenize(asked: TokenizeRequest) -> Tokenize:
    """Return what is asked.

    Raises:
        UsageError: if there is no text.
    """
    text = asked.content if asked.content is not None else asked.text
    if text is None:
        raise UsageError("$.content is missing")
    return Tokenize(text=text, add_bos=bool(asked.add_special), special=asked.parse_special is not False)


def as_detokenize(asked: DetokenizeRequest) -> Detokenize:
    """Return what is asked.

    Raises:
        UsageError: if there are no tokens, or one cannot be one.
    """
    if asked.tokens is None:
        raise UsageError("$.tokens is missing")
    if any(not 0 <= token < 1 << 31 for token in asked.tokens):
        raise UsageError("$.tokens has a number that is no token")
    return Detokenize(tokens=tuple(asked.tokens))
