"""registry-spec/schemas/params.schema.json: what ``params.json`` of an artifact may hold.

What a reader must accept is wider than what makes sense, so sensible limits are annotations (``x-minimum``,
``x-maximum``, ``x-unit``) and not assertions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from olbuild.language.parameters import ENTRIES, Kind, ParameterEntry, read_value

_Schema: TypeAlias = dict[str, object]

_NUMBER: _Schema = {"$ref": "#/$defs/number"}
_TEXTS: _Schema = {"$ref": "#/$defs/texts"}
_LARGEST = 10**21

SHAPES: Mapping[Kind, _Schema] = MappingProxyType(
    {
        "int": _NUMBER,
        "float": _NUMBER,
        "bool": {"type": "boolean"},
        "texts": {"oneOf": [{"type": "string"}, _TEXTS]},
    }
)
"""What a reader must accept for a parameter of each type (registry-spec, "Parameters")."""


def params_schema() -> str:
    """Return the schema as text."""
    whole = {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}
    schema: _Schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:olbuild:registry-spec:v1:params",
        "title": "params.json",
        "description": "Parameters of a model by their names in PARAMETER. A reader keeps those that it does not know."
        " x-minimum, x-maximum and x-unit say what makes sense, and not what is accepted.",
        "type": "object",
        "propertyNames": {"pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$"},
        "properties": {entry.name: _property(entry) for entry in ENTRIES.values()},
        "additionalProperties": {"oneOf": [_NUMBER, {"type": "boolean"}, {"type": "string"}, _TEXTS]},
        "$defs": {
            "number": {"oneOf": [whole, {"type": "number", "not": {"type": "integer"}}]},
            "texts": {"type": "array", "items": {"type": "string"}},
        },
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _property(entry: ParameterEntry) -> _Schema:
    """Return what is accepted, and the annotations."""
    default: _Schema = {} if entry.default is None else {"default": entry.default}
    note = "" if entry.default is not None else f" Default: {entry.default_note}."
    limits: _Schema = {}
    if entry.range is not None:
        limits = {"x-minimum": entry.range.low}
        if entry.range.high is not None:
            limits["x-maximum"] = entry.range.high
    unit: _Schema = {"x-unit": entry.unit} if entry.unit else {}
    value = read_value(entry.kind, entry.example.strip('"'))
    examples = [value[0] if isinstance(value, tuple) else value]
    return {
        **SHAPES[entry.kind],
        "description": entry.meaning + note,
        **default,
        "examples": examples,
        **limits,
        **unit,
    }
