"""What sequences hold and share."""

import random

from hypothesis import given
from hypothesis import strategies as st

from olbuild.running.scheduler.tree import Match, PrefixTree, common

_TOKENS = st.lists(st.integers(0, 2), max_size=40)


@given(_TOKENS, _TOKENS)
def test_the_common_beginning_is_the_longest_one(first: list[int], second: list[int]) -> None:
    length = common(first, second)
    assert first[:length] == second[:length]
    assert len(first) == length or len(second) == length or first[length] != second[length]


def test_a_copy_costs_nothing_until_it_goes_its_own_way() -> None:
    tree = PrefixTree()
    tree.open(0, "")
    tree.extend(0, range(10))
    tree.open(1, "")
    tree.copy(0, 1, 6)
    assert (tree.cells, tree.length(1)) == (10, 6)
    tree.extend(1, [50])
    assert tree.cells == 11
    assert tree.match("", [*range(6), 50, 51], 9) == Match(7, frozenset({1}))
    assert tree.match("", [*range(6), 60], 7) == Match(6, frozenset({0, 1}))
    assert (tree.alone(0, 5), tree.alone(0, 6)) == (False, True)
    tree.close(0)
    assert tree.cells == 7


def test_equal_tokens_that_were_evaluated_twice_cost_twice() -> None:
    tree = PrefixTree()
    for sequence in range(2):
        tree.open(sequence, "")
        tree.extend(sequence, range(10))
    assert tree.cells == 20
    assert tree.holders(0) == frozenset()


def test_splits_that_nobody_needs_any_more_are_undone() -> None:
    tree = PrefixTree()
    tree.open(0, "")
    tree.extend(0, range(100))
    for length in range(10, 90, 10):
        tree.open(1, "")
        tree.copy(0, 1, length)
        tree.close(1)
    assert len(list(tree._way(0))) == 1
    assert tree.match("", [*range(100)], 100) == Match(100, frozenset({0}))


def test_what_would_be_free_without_some_sequences() -> None:
    tree = PrefixTree()
    tree.open(0, "")
    tree.extend(0, range(10))
    tree.open(1, "")
    tree.copy(0, 1, 4)
    tree.extend(1, [50, 51])
    assert tree.given_up({0}) == 6
    assert tree.given_up({1}) == 2
    assert tree.given_up({0, 1}) == 12
    assert tree.held(0, 7, {0}) == 3
    assert tree.held(0, 7, {0, 1}) == 7


def test_only_whole_sequences_count_where_parts_cannot_be_kept() -> None:
    tree = PrefixTree()
    for sequence, length in ((0, 4), (1, 8), (2, 20)):
        tree.open(sequence, "")
        tree.extend(sequence, range(length))
    assert tree.match("", [*range(15)], 14, tree.is_whole) == Match(8, frozenset({1}))
    assert tree.match("", [*range(6)], 3, tree.is_whole) == Match(0)


@given(st.integers(0, 2**32))
def test_sequences_are_what_a_list_would_be(seed: int) -> None:
    """Compare with plain lists of cells."""
    chance = random.Random(seed)  # noqa: S311 - a test
    tree, lists = PrefixTree(), dict[int, list[tuple[int, object]]]()
    for _ in range(60):
        sequence = chance.randrange(5)
        if sequence not in lists:
            tree.open(sequence, "")
            lists[sequence] = []
            if others := [other for other in lists if lists[other]]:
                source = chance.choice(others)
                length = chance.randint(1, len(lists[source]))
                tree.copy(source, sequence, length)
                lists[sequence] = lists[source][:length]
        elif chance.random() < 0.5:
            tokens = [chance.randrange(2) for _ in range(chance.randrange(4))]
            tree.extend(sequence, tokens)
            lists[sequence] += [(token, object()) for token in tokens]
        elif chance.random() < 0.5:
            length = chance.randint(0, len(lists[sequence]))
            tree.cut(sequence, length)
            del lists[sequence][length:]
        elif chance.random() < 0.3:
            tree.close(sequence)
            del lists[sequence]
        assert tree.cells == len({cell for cells in lists.values() for _, cell in cells})
        assert all(tree.length(number) == len(cells) for number, cells in lists.items())
        prompt = [chance.randrange(2) for _ in range(12)]
        known = [[token for token, _ in cells] for cells in lists.values()]
        assert tree.match("", prompt, 10).length == max((min(common(one, prompt), 10) for one in known), default=0)
