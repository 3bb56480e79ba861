"""What is known of a value before the template runs: its Go type, and how Jinja reaches its parts.

A Go template has no types, but its data have: Ollama gives the same structs to each. So the type of nearly every
expression is known, and with it how Go prints it, compares it and takes its truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from olbuild.core.records import Frozen

Kind = Literal["text", "int", "float", "bool", "any", "nothing", "missing", "error", "list", "map", "struct", "root"]
"""``any`` came from JSON. ``nothing`` is no value, ``missing`` an unknown key, ``error`` a certain failure."""


class Type(Frozen, eq=False):
    """A type. Two types are the same only if they are one object.

    ``parts`` are the fields of a struct: a pattern for the Jinja expression, with ``{0}`` for the struct, and a type.
    """

    name: str
    kind: Kind
    element: Type | None = None
    parts: Mapping[str, tuple[str, Type]] = field(default_factory=dict)


TEXT = Type("text", "text")
INT = Type("int", "int")
FLOAT = Type("float", "float")
BOOL = Type("bool", "bool")
ANY = Type("any", "any")
NOTHING = Type("nothing", "nothing")
MISSING = Type("missing", "missing")
ERROR = Type("error", "error")

STRINGS = Type("strings", "list", TEXT)
ANY_LIST = Type("any_list", "list", ANY)
TYPE_NAMES = Type("type_names", "list", TEXT)
IMAGES = Type("images", "list", ANY)
ARGUMENTS = Type("arguments", "map", ANY)

_PROPERTY_PARTS: dict[str, tuple[str, Type]] = {}
PROPERTY = Type("property", "struct", parts=_PROPERTY_PARTS)
PROPERTY_LIST = Type("property_list", "list", PROPERTY)
NESTED_PROPERTIES = Type("nested_properties", "struct")
PROPERTIES = Type("properties", "map", PROPERTY)
_PROPERTY_PARTS |= {
    "AnyOf": ("({0}['anyOf'] or [])", PROPERTY_LIST),
    "Type": ("({0}['type'] or [])", TYPE_NAMES),
    "Items": ("{0}.get('items')", ANY),
    "Description": ("({0}['description'] or '')", TEXT),
    "Enum": ("({0}['enum'] or [])", ANY_LIST),
    "Properties": ("{0}['properties']", NESTED_PROPERTIES),
    "Required": ("({0}['required'] or [])", STRINGS),
}

PARAMETERS = Type(
    "parameters",
    "struct",
    parts={
        "Type": ("({0}['type'] or '')", TEXT),
        "Defs": ("{0}.get('$defs')", ANY),
        "Items": ("{0}.get('items')", ANY),
        "Required": ("({0}['required'] or [])", STRINGS),
        "Properties": ("({0}['properties'] or {{}})", PROPERTIES),
    },
)
TOOL_FUNCTION = Type(
    "function",
    "struct",
    parts={
        "Name": ("({0}['name'] or '')", TEXT),
        "Description": ("({0}['description'] or '')", TEXT),
        "Parameters": ("({0}['parameters'] or {{}})", PARAMETERS),
    },
)
TOOL = Type(
    "tool",
    "struct",
    parts={
        "Type": ("({0}['type'] or '')", TEXT),
        "Items": ("{0}.get('items')", ANY),
        "Function": ("({0}['function'] or {{}})", TOOL_FUNCTION),
    },
)
TOOLS = Type("tools", "list", TOOL)

CALLED_FUNCTION = Type(
    "called_function",
    "struct",
    parts={
        "Index": ("({0}['index'] or 0)", INT),
        "Name": ("({0}['name'] or '')", TEXT),
        "Arguments": ("({0}['arguments'] or {{}})", ARGUMENTS),
    },
)
TOOL_CALL = Type(
    "tool_call",
    "struct",
    parts={"ID": ("({0}['id'] or '')", TEXT), "Function": ("({0}['function'] or {{}})", CALLED_FUNCTION)},
)
TOOL_CALLS = Type("tool_calls", "list", TOOL_CALL)

# Messages are made by the prelude, with just the keys that the template uses.
MESSAGE = Type(
    "message",
    "struct",
    parts={
        "Role": ("{0}['role']", TEXT),
        "Content": ("{0}['content']", TEXT),
        "Thinking": ("{0}['thinking']", TEXT),
        "Images": ("{0}['images']", IMAGES),
        "ToolCalls": ("{0}['tool_calls']", TOOL_CALLS),
        "ToolName": ("{0}['tool_name']", TEXT),
        "ToolCallID": ("{0}['tool_call_id']", TEXT),
    },
)
MESSAGES = Type("messages", "list", MESSAGE)


class Term(Frozen):
    """An expression of Jinja, safe beside any operator, and the type of its value.

    ``known`` is its truth where that is certain, ``constant`` its value where the template has it as a literal. A
    Choice is a term that is one of two, by a condition.
    """

    code: str
    type: Type
    known: bool | None = None
    constant: str | bool | int | float | None = None


class Choice(Frozen):
    """``then`` if the Jinja condition holds, else ``otherwise``: what Go's ``and`` and ``or`` return."""

    condition: str
    then: Value
    otherwise: Value


class Root(Frozen):
    """The data that a template is given: a term for each key that exists."""

    keys: Mapping[str, Term]


Value = Term | Choice | Root


class NotPortable(Exception):
    """A construct that plain Jinja cannot express."""
