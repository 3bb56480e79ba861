"""What sequences hold, and what they share: a radix tree over tokens.

A node is a run of tokens whose cells exist once, and the sequences that hold all of them. A sequence is the way from a
root to one node. Two sequences share a node because one began as a copy of the other, and not because their tokens are
equal: equal beginnings that were evaluated twice are two nodes, and cost twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeAlias

from msgspec import field

from olbuild.core.records import Frozen, Mutable

_FIRST = 16  # many beginnings differ early

Usable: TypeAlias = Callable[[int, int], bool]
"""Whether the first tokens, so many, of a sequence can be used."""


def common(first: Sequence[int], second: Sequence[int]) -> int:
    """Return how many tokens two sequences of the same type share from the start."""
    most = min(len(first), len(second))
    low, high = 0, min(_FIRST, most)
    while high < most and first[low:high] == second[low:high]:
        low, high = high, min(2 * high, most)
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _all(_sequence: int, _length: int) -> bool:
    return True


class _Node(Mutable, eq=False):
    parent: _Node | None
    tokens: list[int]
    sequences: set[int]
    children: list[_Node] = field(default_factory=list)


class Match(Frozen):
    """The longest known beginning of a prompt: its length, and who has it.

    Attributes:
        length: how many tokens it has.
        sequences: the sequences that have it.
        copy: instead of them, a copy in ordinary memory.
        whole: how many tokens that has.
    """

    length: int
    sequences: frozenset[int] = frozenset()
    copy: int | None = None
    whole: int = 0

    def cells(self, tokens: int) -> int:
        """Return how many cells a prompt of so many tokens takes with this beginning."""
        return tokens - self.length if self.copy is None else max(tokens, self.whole)


class PrefixTree:
    """The tokens of all sequences. ``cells`` counts each token once that sequences share.

    Sequences that were opened for different values of ``cache`` hang on different roots, and never meet.
    """

    def __init__(self) -> None:
        """Begin without a sequence."""
        self.cells = 0
        self._roots: dict[str, _Node] = {}
        self._ends: dict[int, _Node] = {}
        self._lengths: dict[int, int] = {}
        self._moved: dict[int, int] = {}

    def open(self, sequence: int, cache: str) -> None:
        """Begin an empty sequence."""
        root = self._roots.setdefault(cache, _Node(None, [], set()))
        root.sequences.add(sequence)
        self._ends[sequence], self._lengths[sequence], self._moved[sequence] = root, 0, 0

    def close(self, sequence: int) -> None:
        """Forget a sequence."""
        self.cut(sequence, 0)
        root = self._ends.pop(sequence)
        del self._lengths[sequence], self._moved[sequence]
        root.sequences.remove(sequence)
        if not root.sequences:
            self._roots = {cache: other for cache, other in self._roots.items() if other is not root}

    def length(self, sequence: int) -> int:
        """Return how many tokens a sequence has."""
        return self._lengths[sequence] + self._moved[sequence]

    def original(self, sequence: int) -> int:
        """Return how many of them, from the start, are where they were evaluated. Behind are those that moved."""
        return self._lengths[sequence]

    def content(self, sequence: int) -> tuple[str, list[int]]:
        """Return for which ``cache`` a sequence was opened, and its tokens that are where they were evaluated."""
        root = self._root(sequence)
        cache = next(cache for cache, other in self._roots.items() if other is root)
        runs = [node.tokens for node, _ in self._way(sequence)]
        return cache, [token for run in reversed(runs) for token in run]

    def match(self, cache: str, tokens: list[int], most: int, usable: Usable = _all) -> Match:
        """Find the longest beginning, of at most so many tokens, that any usable sequence has.

        Args:
            cache: where to look.
            tokens: what shall begin so.
            most: how many of them at most.
            usable: whether a sequence can give a beginning of some length.
        """
        best = Match(0)
        todo = [(node, 0) for node in self._children(cache)]
        while todo:
            node, start = todo.pop()
            shared = common(node.tokens, tokens[start : min(most, start + len(node.tokens))])
            length = start + shared
            if length > best.length and (found := [one for one in node.sequences if usable(one, length)]):
                best = Match(length, frozenset(found))
            if shared == len(node.tokens):
                todo += [(child, length) for child in node.children]
        return best

    def is_whole(self, sequence: int, length: int) -> bool:
        """Whether a beginning of a sequence is all of it; a ``Usable``."""
        return length == self.length(sequence)

    def _children(self, cache: str) -> list[_Node]:
        root = self._roots.get(cache)
        return root.children if root else []

    def extend(self, sequence: int, tokens: Sequence[int]) -> None:
        """Put tokens behind a sequence."""
        self.cells += len(tokens)
        if self._moved[sequence]:
            self._moved[sequence] += len(tokens)
            return
        self._lengths[sequence] += len(tokens)
        end = self._ends[sequence]
        if end.parent is not None and len(end.sequences) == 1:
            end.tokens += tokens
        elif tokens:
            self._ends[sequence] = node = _Node(end, list(tokens), {sequence})
            end.children.append(node)

    def copy(self, source: int, target: int, length: int) -> None:
        """Let an open, empty sequence share the first tokens of another one, which are where they were evaluated."""
        node = self._boundary(source, length)
        self._ends[target], self._lengths[target] = node, length
        while node.parent is not None:
            node.sequences.add(target)
            node = node.parent

    def cut(self, sequence: int, length: int) -> None:
        """Forget all but the first tokens of a sequence."""
        if self._moved[sequence]:
            moved = max(0, length - self._lengths[sequence])
            self.cells -= self._moved[sequence] - moved
            self._moved[sequence] = moved
        if length >= self._lengths[sequence]:
            return
        boundary, node = self._boundary(sequence, length), self._ends[sequence]
        self._ends[sequence], self._lengths[sequence] = boundary, length
        while node is not boundary:
            parent = node.parent
            assert parent is not None  # noqa: S101 - the boundary is an ancestor
            node.sequences.remove(sequence)
            if not node.sequences:
                self.cells -= len(node.tokens)
                parent.children.remove(node)
            else:
                self._join(node)
            node = parent

    def shift(self, sequence: int, keep: int, discard: int) -> None:
        """Forget tokens behind the first ``keep``. What is behind them has moved, and is no beginning of anything.

        The caller has seen to it that no other sequence shares what moves (``alone``).
        """
        rest = self.length(sequence) - keep - discard
        self.cut(sequence, keep)
        self.cells += rest
        self._moved[sequence] += rest

    def alone(self, sequence: int, start: int) -> bool:
        """Whether no other sequence shares the cells of a sequence from a position on."""
        return all(end <= start or len(node.sequences) == 1 for node, end in self._way(sequence))

    def given_up(self, idle: Collection[int]) -> int:
        """Return the cells that would become free if some sequences were forgotten."""
        total = sum(self._moved[sequence] for sequence in idle)
        todo = [node for root in self._roots.values() for node in root.children]
        while todo:
            node = todo.pop()
            if node.sequences.issubset(idle):
                total += len(node.tokens)
            todo += node.children
        return total

    def held(self, sequence: int, length: int, idle: Collection[int]) -> int:
        """Return how many of the first tokens of a sequence would become free if some sequences were forgotten."""
        return sum(
            min(length, end) - (end - len(node.tokens))
            for node, end in self._way(sequence)
            if end - len(node.tokens) < length and node.sequences.issubset(idle)
        )

    def own(self, sequence: int, start: int = 0) -> int:
        """Return how many of the tokens of a sequence, from a position on, no other sequence has."""
        runs = [
            (max(end - len(node.tokens), start), end) for node, end in self._way(sequence) if len(node.sequences) == 1
        ]
        return sum(end - begin for begin, end in runs if end > begin)

    def holders(self, sequence: int) -> frozenset[int]:
        """Return the other sequences that have all tokens of a sequence."""
        return frozenset() if self._moved[sequence] else frozenset(self._ends[sequence].sequences - {sequence})

    def _way(self, sequence: int) -> Iterator[tuple[_Node, int]]:
        """Walk from the end of a sequence to its start, with the position behind each node."""
        node, end = self._ends[sequence], self._lengths[sequence]
        while node.parent is not None:
            yield node, end
            node, end = node.parent, end - len(node.tokens)

    def _boundary(self, sequence: int, length: int) -> _Node:
        """Return the node of a sequence that ends behind its first tokens; a node that goes on is split there."""
        for node, end in self._way(sequence):
            if end == length:
                return node
            if end - len(node.tokens) < length:
                return self._split(node, length - (end - len(node.tokens)))
        return self._root(sequence)

    def _root(self, sequence: int) -> _Node:
        node = self._ends[sequence]
        while node.parent is not None:
            node = node.parent
        return node

    def _split(self, node: _Node, length: int) -> _Node:
        """Put a node in front of one that keeps what is behind the first tokens. All its sequences go through both."""
        parent = node.parent
        assert parent is not None  # noqa: S101 - a root has no tokens
        front = _Node(parent, node.tokens[:length], set(node.sequences), [node])
        parent.children[parent.children.index(node)] = front
        node.parent, node.tokens = front, node.tokens[length:]
        return front

    def _join(self, node: _Node) -> None:
        """Undo a split that no sequence needs any more."""
        if node.parent is None or len(node.children) != 1 or node.children[0].sequences != node.sequences:
            return
        (child,) = node.children
        node.tokens += child.tokens
        node.children = child.children
        for grandchild in node.children:
            grandchild.parent = node
        for sequence in child.sequences:
            if self._ends[sequence] is child:
                self._ends[sequence] = node
