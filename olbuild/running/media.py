"""Numbers that stand in a prompt for what is no text: the parts of images.

A part takes as many places of a sequence as a model has vectors for it, and each place is a number of its own beyond
every vocabulary: a key that follows from the content, and the place within the part. So whoever compares prompts, such
as the cache of what was read, needs to know nothing of images: the same image is the same numbers.

A part is evaluated as a whole and never cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_PLACE_BITS = 32
_KEY_BYTES = 16


def part_key(content: bytes, number: int) -> int:
    """Return the key of a part of a content, which follows from its digest."""
    digest = hashlib.sha256(hashlib.sha256(content).digest() + number.to_bytes(4)).digest()
    return int.from_bytes(digest[:_KEY_BYTES]) | 1 << 8 * _KEY_BYTES


def part_tokens(key: int, count: int) -> range:
    """Return the numbers of the places that a part takes."""
    first = key << _PLACE_BITS
    return range(first, first + count)


def key_of(token: int) -> int:
    """Return the key of the part that a number belongs to; 0 for a token of text."""
    return token >> _PLACE_BITS


def part_length(tokens: Sequence[int], start: int) -> int:
    """Return how many places the part has that begins at ``start``."""
    end = start + 1
    while end < len(tokens) and tokens[end] == tokens[end - 1] + 1:
        end += 1
    return end - start


def text_length(tokens: Sequence[int], start: int, most: int) -> int:
    """Return how many of the next tokens, at most ``most``, are text."""
    return next((count for count in range(most) if key_of(tokens[start + count])), most)


def uncut(tokens: Sequence[int], length: int) -> int:
    """Return the largest length of a beginning, up to ``length``, that cuts no part."""
    if 0 < length < len(tokens) and key_of(tokens[length]):
        return length - (tokens[length] & ((1 << _PLACE_BITS) - 1))
    return length
