"""What the scheduler tells the engine to do next. Pure data.

It speaks of sequences: each is a list of tokens that the engine has evaluated and keeps, under a number below
``Room.sequences``.
"""

from __future__ import annotations

import sys
from typing import TypeAlias

from olbuild.core.records import Frozen


class Room(Frozen, kw_only=True):
    """What an engine has room for, and what it can do with what it keeps.

    Attributes:
        cells: tokens that it keeps in all; a token that several sequences share (by a copy) counts once.
        context: most tokens of one sequence.
        ready: for how many of them there is room now, and an engine can have more; 0 is all.
        sequences: how many sequences there are.
        batch: most tokens of one step.
        outputs: most outputs of one step, at least ``sequences``; 0 is as many as tokens.
        cuts: whether the end of a sequence can be forgotten. If not, only whole ones can.
        copies: whether the beginning of a sequence can be copied. If not, only whole ones can.
        shifts: whether tokens in the middle can be forgotten.
        saved: tokens that can be kept in ordinary memory besides, as copies of sequences.
        state: for how many tokens each copy counts besides its own, for the states of recurrent layers.
        parts: most tokens of a copy of which a beginning can be put back; of a longer one it is the whole.
    """

    cells: int
    context: int
    sequences: int
    batch: int
    ready: int = 0
    outputs: int = 0
    cuts: bool = True
    copies: bool = True
    shifts: bool = True
    saved: int = 0
    state: int = 0
    parts: int = sys.maxsize

    @property
    def most_outputs(self) -> int:
        """Most outputs of one step, whatever was said."""
        return min(self.outputs or self.batch, self.batch)

    @property
    def places(self) -> int:
        """How many requests can have a sequence at once; a place in each step is for a prompt."""
        return min(self.sequences, self.most_outputs, max(self.batch - 1, 1))


class Cut(Frozen):
    """Forget of a sequence all but its first ``length`` tokens; 0 frees it."""

    sequence: int
    length: int


class Copy(Frozen):
    """Let an empty sequence begin with the first ``length`` tokens of another one."""

    source: int
    target: int
    length: int


class Shift(Frozen):
    """Forget ``discard`` tokens of a sequence behind its first ``keep``; those behind move to the front.

    No other sequence shares what moves.
    """

    sequence: int
    keep: int
    discard: int


class Save(Frozen):
    """Keep a copy of a sequence in ordinary memory, under a number that is used once."""

    sequence: int
    copy: int


class Restore(Frozen):
    """Let an empty sequence begin with the first ``length`` tokens of such a copy, which stays.

    The whole copy is put into cells before the rest of it is cut. If that fails, the sequence is lost.
    """

    copy: int
    target: int
    length: int


class Forget(Frozen):
    """Free a copy."""

    copy: int


Edit: TypeAlias = Cut | Copy | Shift | Save | Restore | Forget


class Feed(Frozen):
    """Evaluate tokens behind what a sequence has.

    Attributes:
        request: for whom; a number of the runtime.
        sequence: the sequence.
        position: how many tokens it has, which is the position of the first of these.
        tokens: at least one.
        outputs: after how many of them, from the end, the next token is wanted: 0 within a prompt, or at the end of one
            that is only read; 1 at the end of others and for each generated token; more where the last ones are guesses
            (of a draft) that are to be checked.
    """

    request: int
    sequence: int
    position: int
    tokens: tuple[int, ...]
    outputs: int


class Step(Frozen, kw_only=True):
    """What is to be done: the edits, one after the other, then the feeds together, in one evaluation.

    Attributes:
        edits: the edits.
        feeds: the feeds.
        ahead: how many more evaluations may follow before the scheduler is asked again, unless something happens: each
            takes, of every feed, the token that was chosen behind it. Where it is not 0, each feed is one token.
    """

    edits: tuple[Edit, ...] = ()
    feeds: tuple[Feed, ...] = ()
    ahead: int = 0
