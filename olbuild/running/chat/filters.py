"""Jinja's filters, each with what bounds it. One that is not named here is not there.

A filter is bounded by its values (``_HARMLESS``), or by a rule that looks at its arguments before it runs. What a
filter makes is weighed and paid for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping

from jinja2.runtime import Undefined

from olbuild.running.chat.budget import BUDGET, pay
from olbuild.running.chat.formats import check_percent
from olbuild.running.chat.sizes import (
    LARGEST,
    MOST_PARTS,
    check_numbers,
    growth,
    lines,
    require_small,
    weigh,
)

Rule = Callable[[list[object], Mapping[str, object]], None]

_SHORT = 1 << 14  # characters for what cuts a text up, may take the square of its length, or makes twelve of one
_MOST_TEXT = 1 << 22  # characters for what makes a list of the words or lines of a text
_MOST_COMPARED = 1 << 26  # characters with characters
_MOST_DIGITS = 1 << 12
_MOST_GROUPS = 1 << 16


def _text(limit: int, own: list[object], named: Mapping[str, object]) -> None:
    """For one that writes its value out, and some of its arguments once a line or a word."""
    weight = weigh(own[0], limit)
    rest = (*own[1:], *named.values())
    check_numbers(rest)
    require_small(weight.characters + sum(weigh(value).characters for value in rest))
    if limit == _SHORT:
        require_small(weight.characters * sum(len(text) for text in rest if isinstance(text, str)))


def _trim(own: list[object], named: Mapping[str, object]) -> None:
    """For trimming, which may compare each character with each."""
    _text(LARGEST, own, named)
    characters = (*own[1:], named.get("chars"))[0]
    if isinstance(characters, str):
        require_small(weigh(own[0]).characters * len(characters), _MOST_COMPARED)


def _number(own: list[object], _named: Mapping[str, object]) -> None:
    """For one that reads a number out of its value."""
    weigh(own[0], _MOST_DIGITS)


def _round(own: list[object], named: Mapping[str, object]) -> None:
    check_numbers((*own[1:], *named.values()), 1000)


def _items(own: list[object], _named: Mapping[str, object]) -> None:
    """For one that passes over its value: no step of it goes unseen."""
    value = own[0]
    if isinstance(value, str):
        require_small(len(value), MOST_PARTS)
    elif value and not isinstance(value, dict | Undefined) and isinstance(value, Iterable):
        own[0] = _ticking(value)


def _groups(own: list[object], named: Mapping[str, object]) -> None:
    _items(own, named)
    check_numbers((*own[1:], *named.values()), _MOST_GROUPS)


def _whole(own: list[object], named: Mapping[str, object]) -> None:
    """For one that compares or collects all of its values."""
    _items(own, named)
    if isinstance(own[0], Iterator):
        own[0] = list(own[0])
    weigh(own[0])


def _reverse(own: list[object], named: Mapping[str, object]) -> None:
    value = own[0]
    weigh(value) if isinstance(value, str) else _items([value], named)


def _sum(own: list[object], named: Mapping[str, object]) -> None:
    _whole(own, named)
    value = own[0]
    start = (*own[2:], named.get("start", 0))[0]
    if isinstance(value, list) and not isinstance(start, int | float):  # it copies what it has at each step
        require_small(len(value) * (weigh(value).parts + weigh(start).parts))


def _join(own: list[object], named: Mapping[str, object]) -> None:
    own[0] = value = list(_ticking(own[0]))  # type: ignore[arg-type] # what cannot be walked fails there as well
    separator = (*own[1:], named.get("d", ""))[0]
    size = weigh(value).characters + weigh(separator).characters * len(value)
    require_small(size * growth(separator, *value))


def _replace(own: list[object], named: Mapping[str, object]) -> None:
    value, old, new = (*own, *(named[name] for name in ("s", "old", "new") if name in named))[:3]
    for each in (value, old, new):
        weigh(each)
    text = str(value)
    require_small((len(text) + text.count(str(old)) * len(str(new))) * growth(value, old, new))


def _indent(own: list[object], named: Mapping[str, object]) -> None:
    _text(_MOST_TEXT, own, named)
    width = (*own[1:], named.get("width", 4))[0]
    each = len(width) if isinstance(width, str) else width if isinstance(width, int) else 0
    require_small(lines(str(own[0])) * each)


def _format(own: list[object], named: Mapping[str, object]) -> None:
    weigh(own[0])
    check_percent(str(own[0]), dict(named) or tuple(own[1:]))


def _tojson(own: list[object], named: Mapping[str, object]) -> None:
    weight = weigh(own[0])
    rest = (*own[1:], *named.values())
    check_numbers(rest)
    indent = (*own[2:], named.get("indent", 0))[0]
    each = len(indent) if isinstance(indent, str) else indent if isinstance(indent, int) else 0
    between = sum(weigh(value).characters for value in rest)
    require_small(weight.characters + weight.depths * each + weight.parts * between)


def _harmless(own: list[object], named: Mapping[str, object]) -> None:
    """For one that returns what is there already, or a number."""


_HARMLESS = "abs attr count d default first items last length random"
_TEXTS = {
    LARGEST: "string safe center truncate",
    _MOST_TEXT: "capitalize lower upper e escape forceescape title wordcount",
    _SHORT: "pprint striptags urlencode urlize wordwrap xmlattr",
}
_ITEMS = "list map reject rejectattr select selectattr unique"
_WHOLE = "dictsort groupby max min sort"

RULES: dict[str, Rule] = {
    **dict.fromkeys(_HARMLESS.split(), _harmless),
    **{name: functools.partial(_text, limit) for limit, names in _TEXTS.items() for name in names.split()},
    **dict.fromkeys(_ITEMS.split(), _items),
    **dict.fromkeys(_WHOLE.split(), _whole),
    **dict.fromkeys(("batch", "slice"), _groups),
    **dict.fromkeys(("int", "float", "filesizeformat"), _number),
    "trim": _trim,
    "round": _round,
    "reverse": _reverse,
    "sum": _sum,
    "join": _join,
    "replace": _replace,
    "indent": _indent,
    "format": _format,
    "tojson": _tojson,
}
"""The rule of each filter."""


def checked_filters(filters: Mapping[str, Callable[..., object]]) -> dict[str, Callable[..., object]]:
    """Return those filters that have a rule, each under its rule."""
    return {name: _checked(function, RULES[name]) for name, function in filters.items() if name in RULES}


def _checked(function: Callable[..., object], rule: Rule) -> Callable[..., object]:
    passed = 1 if hasattr(function, "jinja_pass_arg") else 0  # an environment or a context comes first

    @functools.wraps(function)
    def checked(*arguments: object, **named: object) -> object:
        own = list(arguments[passed:])
        BUDGET.get().tick()
        fresh = bool(own) and isinstance(own[0], str)
        if own:  # else Jinja says what is missing
            rule(own, named)
        result = function(*arguments[:passed], *own, **named)
        if rule is _harmless:
            return result
        if rule in (_items, _groups) and isinstance(result, Iterator):
            return _paid(result)
        weigh(result)
        pay(result, texts=fresh)
        return result

    return checked


def _ticking(values: Iterable[object]) -> Iterator[object]:
    tick = BUDGET.get().tick
    for value in values:
        tick()
        yield value


def _paid(values: Iterator[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, list):  # a batch or a slice
            pay(value)
        yield value
