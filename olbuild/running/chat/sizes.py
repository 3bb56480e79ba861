"""Operations and functions that could make a huge value in one step, refused before they do."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping

from jinja2.exceptions import SecurityError
from jinja2.utils import Namespace

LARGEST = 1 << 24
"""The longest text or list that one operation may make, and the largest number that a function may be given."""

_MOST_BITS = 1 << 16  # of a whole number
_MOST_PARTS = 1 << 20  # of a value with values in it
_WIDTH = re.compile(r"\d{7,}")

_SIZED = (str, list, tuple)


def require_small(size: float, limit: int = LARGEST) -> None:
    """Raise SecurityError if an operation would make a value of this size."""
    if size > limit:
        raise SecurityError("it makes a value that is too large")


def check_operation(operator: str, left: object, right: object) -> None:
    """Raise SecurityError if ``left operator right`` would make a value that is too large."""
    if operator == "%" and isinstance(left, str):
        values = right if isinstance(right, tuple) else tuple(right.values()) if isinstance(right, dict) else (right,)
        _check_format(left, left.count("%"), values)
    elif isinstance(left, _SIZED) and isinstance(right, _SIZED):
        require_small(len(left) + len(right))
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length() + right.bit_length()
        require_small(bits, _MOST_BITS)
    elif operator == "*" and isinstance(left, _SIZED) and isinstance(right, int):
        require_small(len(left) * right)
    elif operator == "*" and isinstance(left, int) and isinstance(right, _SIZED):
        require_small(left * len(right))


def check_numbers(arguments: Iterable[object]) -> None:
    """Raise SecurityError if a function is given a number that could make it fill the memory."""
    for argument in arguments:
        if isinstance(argument, int):
            require_small(argument)


def require_small_tree(value: object) -> None:
    """Raise SecurityError if a value, written out, has too many parts: a list of twice the same list doubles each time.

    The text of such a value, or a comparison, would not end, and happens where nobody can stop it.
    """
    count, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Namespace):
            part = object.__getattribute__(part, "_Namespace__attrs")  # it hides its own ``__dict__``
        if isinstance(part, dict):
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
        count += 1
        require_small(count + len(waiting), _MOST_PARTS)


def check_call(function: object, arguments: tuple[object, ...], named: Mapping[str, object]) -> None:
    """Raise SecurityError if a call, most of all of a text's method, would make a value that is too large."""
    given = (*arguments, *named.values())
    check_numbers(given)
    require_small_tree(given)
    function = getattr(function, "__wrapped__", function)  # the sandbox wraps ``format``
    owner = getattr(function, "__self__", None)
    if isinstance(owner, str):
        match getattr(function, "__name__", ""), arguments:
            case (("format" | "format_map"), _):
                _check_format(owner, owner.count("{"), given)
            case "replace", (str() as old, str() as new, *_):
                require_small(owner.count(old) * len(new))
            case "join", ((list() | tuple()) as parts,):
                _check_join(owner, parts)
            case _:
                return


def checked_filters(filters: Mapping[str, Callable[..., object]]) -> dict[str, Callable[..., object]]:
    """Return filters that look at their arguments first."""
    return {name: _checked(name, function) for name, function in filters.items()}


def _checked(name: str, function: Callable[..., object]) -> Callable[..., object]:
    passed = 1 if hasattr(function, "jinja_pass_arg") else 0  # an environment or a context comes first

    @functools.wraps(function)
    def checked(*arguments: object, **named: object) -> object:
        own = list(arguments[passed:])
        check_numbers((*own[1:], *named.values()))
        match name, own:
            case "join", [value, *rest]:
                value = own[0] = list(value)  # type: ignore[call-overload] # what cannot be walked fails there as well
                _check_join(str((*rest, named.get("d", ""))[0]), value)
            case "replace", [value, old, new, *_]:
                require_small(str(value).count(str(old)) * len(str(new)))
            case "indent", [value, *rest]:
                width = (*rest, named.get("width", 4))[0]
                each = len(width) if isinstance(width, str) else width if isinstance(width, int) else 0
                require_small((str(value).count("\n") + 1) * each)
            case "wordwrap", [value, *rest]:
                require_small(len(str(value)) * max((len(text) for text in rest if isinstance(text, str)), default=1))
            case "format", [value, *rest]:
                check_operation("%", str(value), (*rest, *named.values()))
            case _:
                pass
        return function(*arguments[:passed], *own, **named)

    return checked


def _check_format(text: str, fields: int, values: tuple[object, ...]) -> None:
    check_numbers(values)  # for a width that is a value itself
    if _WIDTH.search(text):
        raise SecurityError("it formats a value to a width that is too large")
    longest = max((len(value) for value in values if isinstance(value, str)), default=0)
    require_small(len(text) + fields * longest)


def _check_join(separator: str, parts: list[object] | tuple[object, ...]) -> None:
    texts = sum(len(part) for part in parts if isinstance(part, str))
    require_small(texts + len(separator) * len(parts))
