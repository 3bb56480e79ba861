"""What loops go over."""

from __future__ import annotations

from olbuild.language.template.portable.texts import distribute
from olbuild.language.template.portable.types import Term, Type, Value


def same_type(value: Value) -> bool:
    """Whether all that a value may be is of one type."""
    kinds: set[Type] = set()

    def see(term: Term) -> Value:
        kinds.add(term.type)
        return term

    distribute(value, see)
    return len(kinds) == 1


def elements(over: Term) -> str:
    """Return the list that a loop goes over."""
    match over.type.name:
        case "tools":
            return f"({over.code} or [])"
        case "type_names":
            return f"([{over.code}] if {over.code} is string else {over.code})"
        case _:
            return over.code
