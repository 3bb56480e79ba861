"""GBNF, followed byte by byte as llama.cpp does it: all ways in which the text so far can be read, at once.

Not by llama.cpp itself: for some grammars its time is exponential in the length of a token, and it ends the process
when a token does not fit. Here a bound on the work of each token ends the answer instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TypeAlias

from olbuild.core.errors import EngineError
from olbuild.running.constraints.gbnf_rules import Characters, Element, Program, Rule, Token
from olbuild.running.constraints.port import Vocabulary

Stack: TypeAlias = tuple[int, ...]
"""What is to follow, as positions in the elements; the last one comes first. The empty one is the end."""

_MOST_STACKS = 200
_MOST_DEPTH = 500
_MOST_STATES = 4_000
_WORK = 100_000  # steps for each token, about 0.1 s
_SAVED = 1_000_000

# What a character may come to with its next byte, by the bytes that were missing before: nothing that fewer bytes could
# say, no surrogates, and nothing behind the last character.
_SECOND = {
    1: (range(0x80, 0x110000),),
    2: (range(0x20, 0x360), range(0x380, 0x4400)),
    3: (range(0x10, 0x110),),
}


class _State:
    """A set of ways to go on, within a character of which ``missing`` bytes have not come yet."""

    __slots__ = ("mask", "missing", "next", "stacks", "value")

    def __init__(self, stacks: frozenset[Stack], value: int = 0, missing: int = 0) -> None:
        self.stacks, self.value, self.missing = stacks, value, missing
        self.next: dict[int, _State | None] = {}
        self.mask = b""


class Words:
    """The tokens of a model that are text, in the order of their bytes: those with one beginning are together."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        """Sort them. This takes about 10 µs for each."""
        pieces = [vocabulary.piece(token) for token in range(vocabulary.size)]
        self.size, self.piece = vocabulary.size, vocabulary.piece
        self.ends = frozenset(token for token in range(vocabulary.size) if vocabulary.ends(token))
        texts = (token for token, piece in enumerate(pieces) if _is_text(piece) and token not in self.ends)
        self.tokens = sorted(texts, key=pieces.__getitem__)
        self.texts = [pieces[token] for token in self.tokens]
        pairs = zip([b"", *self.texts], self.texts, strict=False)
        self.shared = [_common(before, text) for before, text in pairs]  # how many bytes with the one before


class Followed:
    """A ``jobs.Constraint`` over a GBNF grammar."""

    def __init__(self, program: Program, words: Words) -> None:
        """Begin an answer.

        Raises:
            EngineError: if the grammar can begin in too many ways.
        """
        self._words = words
        self._elements: list[Element | None] = []
        self._starts: list[list[int]] = []
        for rule in program.rules:
            self._starts.append(starts := [])
            for one in rule:
                starts.append(len(self._elements))
                self._elements += [*one, None]
        self._states: dict[tuple[frozenset[Stack], int, int], _State] = {}
        self._work = _SAVED
        begin = self._closure(self._pushed((), start) for start in self._starts[0])
        if begin is None:
            raise self._too_ambiguous()
        self._state = _State(begin)

    def mask(self) -> bytes | None:
        """Return the tokens that are allowed now; see ``jobs.Constraint``."""
        if self._state.mask:
            return self._state.mask
        words, bits = self._words, bytearray((self._words.size + 7) // 8)
        allowed = set(words.ends) if self._may_end else set()
        allowed |= {token for token in range(words.size) if self._is_wanted(token)} if self._wants_tokens else set()
        allowed |= self._fitting()
        for token in allowed:
            bits[token >> 3] |= 1 << (token & 7)
        self._state.mask = bytes(bits)
        return self._state.mask

    def _fitting(self) -> set[int]:
        """Return the tokens whose text is allowed.

        Those that begin alike are neighbours: ``path`` has the states behind the bytes of a text, and the next text
        goes on from where it is the same. This is the loop that takes the time, and looks like it.
        """
        words, fitting, path = self._words, set(), [self._state]
        texts, shared, at, step = words.texts, words.shared, 0, self._step
        while at < len(texts):
            text = texts[at]
            del path[shared[at] + 1 :]
            depth, state = len(path) - 1, path[-1]
            for byte in text[depth:] if depth else text:
                found = state.next[byte] if byte in state.next else step(state, byte)
                if found is None:
                    # None of the tokens that begin like this is allowed, and they end where less is shared.
                    depth = len(path) - 1
                    at += 1
                    while at < len(texts) and shared[at] > depth:
                        at += 1
                    break
                state = found
                path.append(state)
            else:
                fitting.add(words.tokens[at])
                at += 1
        return fitting

    def allows(self, token: int) -> bool:
        """Whether a token is allowed now."""
        return self._may_end if token in self._words.ends else self._after(token) is not None

    def accept(self, token: int) -> None:
        """Go on behind a token that is allowed."""
        if token in self._words.ends and self._may_end:
            return
        state = self._after(token)
        if state is None:
            raise EngineError(f"the grammar does not allow the token {token} here")
        self._work = min(self._work + _WORK, _SAVED)
        if len(self._states) >= _MOST_STATES:
            self._states.clear()
            state = _State(state.stacks, state.value, state.missing)
        self._state = state

    def forced(self) -> tuple[()]:
        """Return nothing: no text is known before its tokens are tried."""
        return ()

    @property
    def finished(self) -> bool:
        """Whether nothing may follow but the end."""
        return self._state.stacks == {()} and not self._state.missing

    def copy(self) -> Followed:
        """Return one in the same state."""
        return copy(self)

    @property
    def _may_end(self) -> bool:
        return () in self._state.stacks and not self._state.missing

    @property
    def _wants_tokens(self) -> bool:
        return any(isinstance(self._top(stack), Token) for stack in self._state.stacks)

    def _is_wanted(self, token: int) -> bool:
        tops = map(self._top, self._state.stacks)
        others = token not in self._words.ends
        return others and any(isinstance(top, Token) and (top.number == token) != top.negated for top in tops)

    def _top(self, stack: Stack) -> Element | None:
        return self._elements[stack[-1]] if stack else None

    def _after(self, token: int) -> _State | None:
        """Return the state behind a token, by its bytes and by its number; ``None`` if it is not allowed."""
        state: _State | None = self._state
        wanted = [
            self._passed(stack)
            for stack in self._state.stacks
            if isinstance(top := self._top(stack), Token) and (top.number == token) != top.negated
        ]
        piece = self._words.piece(token)
        for byte in piece:
            state = state and self._step(state, byte)
        if not _is_text(piece):
            state = None
        if not wanted or self._state.missing:
            return state
        stacks = self._closure(wanted)
        if stacks is None or (state is not None and not state.missing):
            stacks = (stacks or frozenset()) | (state.stacks if state is not None else frozenset())
        return _State(stacks) if stacks else None

    def _step(self, state: _State, byte: int) -> _State | None:
        try:
            return state.next[byte]
        except KeyError:
            found = self._stepped(state, byte)
            if found is not None:
                found = self._states.get((found.stacks, found.value, found.missing), found)
            if len(self._states) < _MOST_STATES:
                if found is not None:
                    self._states[found.stacks, found.value, found.missing] = found
                state.next[byte] = found
            return found

    def _stepped(self, state: _State, byte: int) -> _State | None:
        value, missing = _decoded(state.value, state.missing, byte)
        if missing < 0:
            return None
        low = max(value << 6 * missing, (0, 0, 0x800, 0x10000)[missing] if not value else 0)
        high = (value << 6 * missing) | ((1 << 6 * missing) - 1)
        fitting = []
        for stack in state.stacks:
            self._spend(1)
            top = self._top(stack)
            if isinstance(top, Characters) and top.has(low, high):
                fitting.append(stack)
        if not fitting:
            return None
        if missing:
            return _State(frozenset(fitting), value, missing)
        stacks = self._closure(map(self._passed, fitting))
        return None if stacks is None else _State(stacks)

    def _passed(self, stack: Stack) -> Stack:
        """Return a stack without the element on top, which has been read."""
        return self._pushed(stack[:-1], stack[-1] + 1)

    def _pushed(self, stack: Stack, position: int) -> Stack:
        return stack if self._elements[position] is None else (*stack, position)

    def _closure(self, stacks: Iterable[Stack]) -> frozenset[Stack] | None:
        """Return stacks with what rules stand for on top of them, or ``None`` if they are too many or too deep."""
        found: set[Stack] = set()
        seen: set[Stack] = set()
        todo = list(stacks)
        while todo:
            stack = todo.pop()
            if len(stack) > _MOST_DEPTH or stack in seen:
                continue
            seen.add(stack)
            self._spend(1 + (len(stack) >> 4))
            top = self._top(stack)
            if isinstance(top, Rule):
                rest = self._passed(stack)
                todo += [self._pushed(rest, start) for start in self._starts[top.number]]
            else:
                found.add(stack)
            if len(found) > _MOST_STACKS:
                return None
        return frozenset(found) or None

    def _spend(self, work: int) -> None:
        self._work -= work
        if self._work < 0:
            raise self._too_ambiguous()

    def _too_ambiguous(self) -> EngineError:
        return EngineError("the GBNF grammar can be read in too many ways", hint="write it with fewer alternatives")


def _decoded(value: int, missing: int, byte: int) -> tuple[int, int]:
    """Return value and missing bytes of a character behind one more byte of UTF-8 (RFC 3629); -1 if it is none."""
    if missing:
        value = (value << 6) | (byte & 0x3F)
        continues = byte & 0xC0 == 0x80  # noqa: PLR2004 - as all numbers here, UTF-8's
        return (value, missing - 1) if continues and any(value in some for some in _SECOND[missing]) else (0, -1)
    for first, last, more in ((0x00, 0x7F, 0), (0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3)):
        if first <= byte <= last:
            return byte & (0x7F >> more), more
    return 0, -1


def _is_text(piece: bytes) -> bool:
    return bool(piece) and 0 not in piece  # llama.cpp allows no NUL either


def _common(one: bytes, other: bytes) -> int:
    """Return how many bytes are the same from the start."""
    return next(
        (at for at, (mine, yours) in enumerate(zip(one, other, strict=False)) if mine != yours),
        min(len(one), len(other)),
    )
