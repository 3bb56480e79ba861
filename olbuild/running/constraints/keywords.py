"""The keywords of JSON Schema, by what becomes of them here. Pure data.

What llguidance does was looked up in its documentation of JSON Schema and tried; the drafts' keywords are those of
draft 4 to 2020-12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCHEMA = frozenset({"additionalProperties", "items"})
"""Their value is a schema."""

SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Their value is a list of schemas."""

NAMED_SCHEMAS = frozenset({"properties", "patternProperties", "$defs", "definitions"})
"""Their value is an object of schemas."""

VALUES = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const", "enum", "required"}
)
"""Their value has numbers, which llguidance keeps as doubles, or texts that must be written."""

COUNTS = frozenset({"minProperties", "maxProperties", "minItems", "maxItems", "minLength", "maxLength"})
"""Their value is how many there may be."""

MOST_COUNTED = (1 << 31) - 1

ENFORCED = SCHEMA | SCHEMAS | NAMED_SCHEMAS | VALUES | COUNTS | {"$ref", "$id", "$anchor", "type", "pattern", "format"}
"""What llguidance enforces, and what it needs for that."""

_ANY: frozenset[str] = frozenset()
_ARRAY, _OBJECT = frozenset({"array"}), frozenset({"object"})

REFUSED: Mapping[str, frozenset[str]] = {
    "not": _ANY,
    "if": _ANY,
    "$dynamicRef": _ANY,
    "$recursiveRef": _ANY,
    "contentSchema": frozenset({"string"}),
    "uniqueItems": _ARRAY,
    "contains": _ARRAY,
    "minContains": _ARRAY,
    "maxContains": _ARRAY,
    "unevaluatedItems": _ARRAY,
    "propertyNames": _OBJECT,
    "dependencies": _OBJECT,
    "dependentRequired": _OBJECT,
    "dependentSchemas": _OBJECT,
    "unevaluatedProperties": _OBJECT,
}
"""What nothing here enforces, and the types of values that it is about (none named is all). ``then`` and ``else`` are
not among them: without ``if`` they ask nothing. Whatever is in no table is an annotation, as the specification has it.
"""

IDLE: Mapping[str, tuple[Any, ...]] = {
    "uniqueItems": (False,),
    "unevaluatedItems": (True, {}),
    "propertyNames": (True, {}),
    "dependencies": ({},),
    "dependentRequired": ({},),
    "dependentSchemas": ({},),
    "unevaluatedProperties": (True, {}),
}
"""Values with which a refused keyword asks nothing."""

FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri"},
)
"""Formats that are enforced. All others that may be about a string are refused."""

HINTS = frozenset({"float", "double", "password"})
"""Formats of OpenAPI that ask nothing of a value: each JSON number is a double."""

RANGES: Mapping[str, tuple[int, int]] = {
    "int32": (-(1 << 31), (1 << 31) - 1),
    "int64": (-(1 << 53), 1 << 53),  # which is as far as whole numbers are exact in JSON
    "uint32": (0, (1 << 32) - 1),
}
"""Formats of OpenAPI that are ranges of numbers."""
