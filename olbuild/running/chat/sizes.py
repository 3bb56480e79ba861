"""How large values are when they are written out, and which operations would make one that is too large.

A list of twice the same list is small in memory and doubles when it is written, compared or copied. Sizes here are
therefore those of the written value, where what is shared counts each time.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, KeysView, ValuesView

from jinja2.exceptions import SecurityError
from jinja2.utils import Namespace

from olbuild.core.records import Mutable

LARGEST = 1 << 24
"""The longest text that one operation may make, in characters."""

MOST_PARTS = 1 << 18
"""Of a value with values in it; also the largest number that a function may be given."""

MOST_BITS = 1 << 13
"""Of a whole number. Python does not write one of more than 4,300 decimal digits, or 14,284 bits."""

_MOST_HASHED = 1 << 12
"""Of keys that may all have the same hash, so that Python compares each with each."""

_BETWEEN = 6  # characters: quotes or a sign, and what stands between parts
_NUMBER = 32  # characters that a float, True or None needs at most, and a good guess for any other object

_LEAVES = (bool, float, type(None))
_SEVERAL = (list, tuple, set, frozenset, KeysView, ValuesView, ItemsView)


class Weight(Mutable, kw_only=True):
    """The size of a value when it is written out."""

    parts: int = 0
    characters: int = 0
    depths: int = 0
    """The depths of all parts together, which is what indenting multiplies."""


def require_small(size: float, limit: int = LARGEST) -> None:
    """Raise SecurityError if an operation would make a value of this size."""
    if size > limit:
        raise SecurityError("it makes a value that is too large")


def require_hashable(count: int) -> None:
    """Raise SecurityError for more keys than can be looked up when all have the same hash."""
    require_small(count, _MOST_HASHED)


def weigh(value: object, limit: int = LARGEST) -> Weight:
    """Return the size of a value; escapes of characters, which a list may show, are not in it.

    The walk ends at the limits, so that it is short whatever is shared.

    Raises:
        SecurityError: if it has more than ``MOST_PARTS`` parts, or more characters than the limit.
    """
    if isinstance(value, str):
        require_small(len(value), limit)
        return Weight(parts=1, characters=len(value))
    weight, level, depth = Weight(), [value], 0
    while level:
        weight.parts += len(level)
        weight.depths += len(level) * depth
        below: list[object] = []
        for part in level:
            kind = type(part)
            if kind is str:
                weight.characters += len(part) + _BETWEEN  # type: ignore[arg-type] # it is a text
            elif kind is int:
                weight.characters += part.bit_length() // 3 + _BETWEEN  # type: ignore[attr-defined] # a number
            elif kind not in _LEAVES:
                weight.characters += len(part) + _BETWEEN if isinstance(part, str) else _NUMBER
                for children in _children(part):
                    require_small(weight.parts + len(below) + len(children), MOST_PARTS)
                    below.extend(children)
            else:
                weight.characters += _NUMBER
        require_small(weight.characters, limit)
        level, depth = below, depth + 1
    return weight


def check_numbers(arguments: Iterable[object], limit: int = MOST_PARTS) -> None:
    """Raise SecurityError if a function is given a number that could make it fill the memory."""
    for argument in arguments:
        if isinstance(argument, int):
            require_small(abs(argument), limit)


def check_operation(operator: str, left: object, right: object) -> None:
    """Raise SecurityError if ``left operator right``, which formats no text, would make a value that is too large."""
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        require_small(bits, MOST_BITS)
    elif operator == "*":
        times = left if isinstance(left, int) else right
        if isinstance(times, int) and times > 0:
            weight = weigh(right if times is left else left)
            require_small(weight.characters * times * growth(left, right))
            if weight.parts > 1:
                require_small(weight.parts * times, MOST_PARTS)
    elif operator == "-" and not isinstance(left, int | float):  # sets; numbers may all have the same hash
        require_small((weigh(left).parts + weigh(right).parts) ** 2, _MOST_HASHED**2)
    elif operator == "+" and isinstance(left, list | tuple) and isinstance(right, list | tuple):
        require_small(len(left) + len(right), MOST_PARTS)  # what is in them is shared, and weighed with the result
    elif operator == "+" and not isinstance(left, float):
        one, other = weigh(left), weigh(right)
        require_small((one.characters + other.characters) * growth(left, right))
        require_small(one.parts + other.parts, MOST_PARTS)


def growth(*values: object) -> int:
    """Return how many characters one may become: markup escapes what it is put together with."""
    return 5 if any(hasattr(value, "__html__") for value in values) else 1


def lines(text: str) -> int:
    """Return how many lines a text has at most, by all of Python's ends of a line."""
    return 1 + sum(map(text.count, "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"))


def _children(part: object) -> Iterable[set[object] | list[object] | KeysView[object] | ValuesView[object]]:
    if isinstance(part, Namespace):
        part = object.__getattribute__(part, "_Namespace__attrs")  # it hides its own ``__dict__``
    if isinstance(part, dict):
        return part.keys(), part.values()
    return (part,) if isinstance(part, _SEVERAL) else ()  # type: ignore[return-value] # all have a length
