"""How Go prints and encodes a term, as an expression of Jinja; composite values go through macros of the prelude."""

from __future__ import annotations

from collections.abc import Callable

from olbuild.language.template.portable.literals import failure, literal
from olbuild.language.template.portable.types import (
    ANY,
    ERROR,
    NOTHING,
    TEXT,
    Choice,
    NotPortable,
    Root,
    Term,
    Type,
    Value,
)

COUNTS_BYTES = "'\u00e9'|length == 2"
"""Whether the engine takes a text for bytes, as Go does and llama.cpp's engine, or for characters."""

Use = Callable[[str], str]
"""Asks for a macro of the prelude by name, and returns the name."""

_LONGEST_CONDITION = 4000  # characters
_MOST_LEAVES = 64

_PRINTED = {
    "any": "go_any", "any_list": "go_any", "strings": "go_any", "type_names": "go_type",
    "arguments": "go_arguments", "properties": "go_json_properties", "tool": "go_json_tool", "tools": "go_json_tools",
    "function": "go_function", "parameters": "go_parameters", "property": "go_property",
    "tool_call": "go_call", "tool_calls": "go_calls", "called_function": "go_called",
    "message": "go_message", "messages": "go_addresses",
}  # fmt: skip
_ENCODED = {
    "any": "go_json", "any_list": "go_json", "strings": "go_json", "arguments": "go_arguments",
    "properties": "go_json_properties", "tool": "go_json_tool", "function": "go_json_function",
    "parameters": "go_json_parameters", "property": "go_json_property", "tools": "go_json_tools",
    "tool_call": "go_json_call", "tool_calls": "go_json_calls", "called_function": "go_json_called",
    "message": "go_json_message", "messages": "go_json_messages",
}  # fmt: skip


def distribute(value: Value, apply: Callable[[Term], Value]) -> Value:
    """Apply a function to each term that a value may be."""
    if isinstance(value, Choice):
        return choice(value.condition, distribute(value.then, apply), distribute(value.otherwise, apply))
    if isinstance(value, Root):
        raise NotPortable("the whole data of the template as one value")
    return apply(value)


def choice(condition: str, then: Value, otherwise: Value) -> Choice:
    """Return a choice.

    Raises:
        NotPortable: if it grows beyond what anybody would write; each nesting may double it.
    """
    if len(condition) > _LONGEST_CONDITION or _leaves(then) + _leaves(otherwise) > _MOST_LEAVES:
        raise NotPortable("an expression with too many cases")
    return Choice(condition, then, otherwise)


def _leaves(value: Value) -> int:
    return _leaves(value.then) + _leaves(value.otherwise) if isinstance(value, Choice) else 1


def single(value: Value) -> Term:
    """Return one term for a value; where its two sides are of different types, only their truth and text are known."""
    if isinstance(value, Root):
        raise NotPortable("the whole data of the template as one value")
    if isinstance(value, Term):
        return value
    then, otherwise = single(value.then), single(value.otherwise)
    code = f"({then.code} if {value.condition} else {otherwise.code})"
    return Term(code, join(then.type, otherwise.type))


def join(first: Type, second: Type) -> Type:
    """Return a type for values of either.

    Raises:
        NotPortable: if there is none that prints right.
    """
    if first is second or second is ERROR:
        return first
    if first is ERROR:
        return second
    if {first.kind, second.kind} <= {"text", "bool", "any", "nothing", "missing"}:
        return ANY
    raise NotPortable("a value whose type depends on the conversation")


def truth(value: Value) -> str:
    """Return Go's truth of a value as a Jinja condition."""
    if isinstance(value, Choice):
        then, otherwise = truth(value.then), truth(value.otherwise)
        if then == otherwise:
            return then
        return f"({then} if {value.condition} else {otherwise})"
    if isinstance(value, Root):
        return "true"
    if value.known is not None:
        return "true" if value.known else "false"
    match value.type.kind:
        case "struct" if value.type.name == "nested_properties":
            return f"({value.code} is mapping)"
        case "struct":
            return "true"
        case "nothing" | "missing":
            return "false"
        case _:
            return value.code


def printed(value: Value, use: Use) -> str:
    """Return the text that ``{{ value }}`` writes."""
    return single(distribute(value, lambda term: Term(_printed(term, use), TEXT))).code


def _printed(term: Term, use: Use) -> str:
    match term.type.kind:
        case "nothing" | "missing":
            return literal("<no value>")
        case "any":
            shown = f"{use('go_any')}({term.code})"
            return f"({shown} if {term.code} is defined and {term.code} is not none else '<no value>')"
        case _:
            return plain(term, use)


def plain(term: Term, use: Use) -> str:
    """Return the text that ``%v`` writes."""
    match term.type.kind:
        case "text" | "error":
            return term.code
        case "int":
            return f"({term.code}|string)"
        case "bool":
            return f"('true' if {term.code} else 'false')"
        case "nothing" | "missing":
            return literal("<nil>")
        case "float":
            return f"{use('go_number')}({term.code})"
        case _:
            if term.type.name not in _PRINTED:
                raise NotPortable(f"the text of a value ({term.type.name})")
            return f"{use(_PRINTED[term.type.name])}({term.code})"


def shown(term: Term, use: Use) -> str:
    """Return the text that ``print`` writes: a message is a pointer for it."""
    return f"('&' ~ {plain(term, use)})" if term.type.name == "message" else plain(term, use)


def texts_of(value: Value, use: Use) -> Term:
    """Return a value as ``print`` writes it."""
    return single(distribute(value, lambda term: term if term.type is ERROR else Term(shown(term, use), TEXT)))


def joined(pieces: list[str]) -> Term:
    """Return the term of several texts, one behind the other."""
    if not pieces:
        return Term("''", TEXT, known=False)
    return Term(pieces[0] if len(pieces) == 1 else f"({' ~ '.join(pieces)})", TEXT)


def encoded(value: Value, use: Use) -> Value:
    """Return a value as JSON."""
    return distribute(value, lambda term: Term(_encoded(term, use), TEXT))


def _encoded(term: Term, use: Use) -> str:
    match term.type.kind:
        case "text":
            return f"{use('go_text')}({term.code})"
        case "int":
            return f"({term.code}|string)"
        case "bool":
            return plain(term, use)
        case "float":
            return f"{use('go_json')}({term.code})"
        case "nothing" | "missing":
            return literal("null")
        case "error":
            return term.code
        case _:
            if term.type.name not in _ENCODED:
                raise NotPortable(f"the JSON of a value ({term.type.name})")
            return f"{use(_ENCODED[term.type.name])}({term.code})"


def failed(reason: str) -> Term:
    """Return the term of a certain failure."""
    return Term(failure(reason), ERROR)


NO_VALUE = Term("none", NOTHING)
