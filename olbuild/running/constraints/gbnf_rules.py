"""The rules of a grammar in GBNF. Pure."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from msgspec import field

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen, Mutable


class Characters(Frozen):
    """One character of some ranges of code points, both ends included; or one of none of them."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def has(self, low: int, high: int) -> bool:
        """Whether any code point from ``low`` to ``high`` is meant."""
        if not self.negated:
            return any(start <= high and low <= end for start, end in self.ranges)
        return not any(start <= low and high <= end for start, end in self.ranges)


class Token(Frozen):
    """One token with this number, or any other one."""

    number: int
    negated: bool = False


class Rule(Frozen):
    """What a rule says."""

    number: int


Element: TypeAlias = Characters | Token | Rule
Sequence: TypeAlias = tuple[Element, ...]


class Program(Mutable):
    """The rules of a grammar: for each its alternatives, which are sequences of elements. Rule 0 is the root."""

    rules: list[tuple[Sequence, ...]] = field(default_factory=list)


def refuse_left_recursion(program: Program, names: dict[int, str]) -> None:
    """Raise UsageError if a rule begins with itself, however it gets there; ``names`` are those of the rules."""
    empty = _empty_rules(program)
    graph: dict[int, set[int]] = {}
    for number, rule in enumerate(program.rules):
        firsts = graph.setdefault(number, set())
        for one in rule:
            for element in one:
                if isinstance(element, Rule):
                    firsts.add(element.number)
                if not (isinstance(element, Rule) and element.number in empty):
                    break
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found = next((names[number] for number in error.args[1] if number in names), "")
        raise UsageError(f"the rule {found or 'root'} of the GBNF grammar begins with itself") from None


def _empty_rules(program: Program) -> set[int]:
    """Return the rules that may say nothing, in a time that is linear in the grammar."""
    waiting: dict[int, list[tuple[int, int]]] = {}
    missing: dict[tuple[int, int], int] = {}
    todo: list[int] = []
    for number, rule in enumerate(program.rules):
        for which, one in enumerate(rule):
            rules = [element.number for element in one if isinstance(element, Rule)]
            if len(rules) == len(one):
                missing[number, which] = len(rules)
                todo += [] if rules else [number]
                for inner in rules:
                    waiting.setdefault(inner, []).append((number, which))
    empty: set[int] = set()
    while todo:
        number = todo.pop()
        if number in empty:
            continue
        empty.add(number)
        for user in waiting.get(number, ()):
            missing[user] -= 1
            todo += [] if missing[user] else [user[0]]
    return empty
