"""Cells of the engine that only keeps books, and what parts of images must be in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from olbuild.running.media import key_of, part_tokens, uncut
from olbuild.running.steps import Feed

PLACES = 7
"""What each part of an image takes."""


@dataclass(eq=False)
class Cell:
    token: int
    position: int
    cache: str
    moved: bool = False


def is_text(feed: Feed) -> bool:
    return not any(map(key_of, feed.tokens))


def is_part(feed: Feed) -> bool:
    """Whether it is a whole part, and nothing else."""
    return feed.tokens == tuple(part_tokens(key_of(feed.tokens[0]), PLACES)) and not feed.outputs


def is_uncut(cells: Sequence[Cell], length: int) -> bool:
    return uncut([cell.token for cell in cells], length) == length
