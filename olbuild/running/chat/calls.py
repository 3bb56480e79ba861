"""Which methods a template may call, and what bounds each. One that is not named here is refused.

Refused are methods that change a value, which Jinja's sandbox forbids as well, and those that no prompt needs: bytes,
tables of characters, and a dict from keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, Undefined
from jinja2.utils import Cycler, Joiner

from olbuild.running.chat.formats import FormatCall
from olbuild.running.chat.sizes import check_numbers, growth, lines, require_small, weigh

OWN = (Macro, LoopContext, BlockReference, Undefined, Joiner)
"""Jinja's own callables: the parts of a template, which pay for themselves, and those that do nothing of size."""

READING: dict[type, str] = {
    str: "count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric"
    " isprintable isspace istitle isupper rfind rindex startswith",
    dict: "get items keys values",
    list: "count index",
    tuple: "count index",
    range: "count index",
    int: "as_integer_ratio bit_count bit_length conjugate is_integer",
    float: "as_integer_ratio conjugate hex is_integer",
    LoopContext: "cycle changed",
    Cycler: "next reset",
}
"""Methods that return what is there already, or a number."""

MAKING: dict[type, str] = {
    str: "capitalize casefold center expandtabs join ljust lower lstrip partition removeprefix removesuffix replace"
    " rjust rpartition rsplit rstrip split splitlines strip swapcase title upper zfill",
    dict: "copy",
    list: "copy",
}
"""Methods that make a new value, which costs; ``format`` and ``format_map`` come as a ``FormatCall``."""

_MOST_COMPARED = 1 << 26  # characters with characters, where Python may compare each with each
_MOST_WORDS = 1 << 21  # that splitting may make before they are weighed
_READING = {(kind, name) for kind, names in READING.items() for name in names.split()}
_MAKING = {(kind, name) for kind, names in MAKING.items() for name in names.split()}


def is_making(function: object) -> bool:
    """Whether a call makes a value that has to be weighed and paid for.

    Raises:
        SecurityError: if no template may call it.
    """
    if isinstance(function, OWN):
        return False
    if isinstance(function, FormatCall):
        return True
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    for kind in type(owner).__mro__:
        if (kind, name) in _READING:
            return False
        if (kind, name) in _MAKING:
            return True
    raise SecurityError(f"it calls {name or 'a value'}, which no chat template needs")


def checked_arguments(
    function: object, arguments: tuple[object, ...], named: Mapping[str, object]
) -> tuple[object, ...]:
    """Return the arguments of a call, a list in place of what can be walked only once.

    Raises:
        SecurityError: if the call would make a value that is too large.
    """
    owner = getattr(function, "__self__", None)
    if not isinstance(owner, str):
        return arguments
    name = getattr(function, "__name__", "")
    match name, arguments:
        case (("center" | "ljust" | "rjust" | "zfill"), _):
            check_numbers(arguments)
        case "expandtabs", _:
            size = (*arguments, *named.values(), 8)[0]
            require_small(len(owner) + owner.count("\t") * size if isinstance(size, int) else 0)
        case (("strip" | "lstrip" | "rstrip"), (str() as characters, *_)):
            require_small(len(owner) * len(characters), _MOST_COMPARED)
        case (("rfind" | "rindex" | "rpartition"), (str() as part, *_)):  # Python looks backwards without a plan
            require_small(len(owner) * len(part), _MOST_COMPARED)
        case "replace", (str() as old, str() as new, *_):
            require_small((len(owner) + owner.count(old) * len(new)) * growth(owner))
        case "join", (Iterable() as parts,):
            parts = list(parts)
            require_small((weigh(parts).characters + len(owner) * len(parts)) * growth(owner))
            return (parts,)
        case (("split" | "rsplit"), _):
            separator = (*arguments, named.get("sep"))[0]
            if name == "rsplit" and isinstance(separator, str):
                require_small(len(owner) * len(separator), _MOST_COMPARED)
            most = (*arguments[1:], named.get("maxsplit", -1))[0]
            words = owner.count(separator) if isinstance(separator, str) and separator else len(owner) // 2
            require_small(min(words, most) if isinstance(most, int) and most >= 0 else words, _MOST_WORDS)
        case "splitlines", _:
            require_small(lines(owner), _MOST_WORDS)
        case _:
            pass
    return arguments
