"""JSON Schemas of tools, of which as much is enforced as can be: they are wishes more than orders. Pure."""

from __future__ import annotations

import json
from typing import Any

from olbuild.running.constraints import keywords
from olbuild.running.constraints.exactness import inexact

_EXCLUSIVE = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_LEFT_OUT = frozenset({"minProperties", "maxProperties", "multipleOf"})


def relaxed(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema without what ``read_schema`` would refuse, and without what llguidance may find too much."""
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _EXCLUSIVE and not isinstance(value, bool):
            result.setdefault(_EXCLUSIVE[keyword], value)
        elif keyword in keywords.SCHEMA:
            result[keyword] = [relaxed(inner) for inner in value] if isinstance(value, list) else relaxed(value)
        elif keyword in keywords.SCHEMAS and isinstance(value, list | tuple):
            result["anyOf" if keyword == "oneOf" else keyword] = [relaxed(inner) for inner in value]
        elif keyword in keywords.NAMED_SCHEMAS and isinstance(value, dict):
            result[keyword] = {name: relaxed(inner) for name, inner in value.items() if not inexact(name)}
        elif _can_be_enforced(keyword, value):
            result[keyword] = value
    return result


def _can_be_enforced(keyword: str, value: Any) -> bool:  # noqa: ANN401 - any JSON
    if keyword in keywords.REFUSED or keyword in _LEFT_OUT or keyword == "patternProperties":
        return False
    if keyword in keywords.COUNTS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if keyword == "format":
        return value in keywords.FORMATS
    if keyword == "pattern":
        return isinstance(value, str) and "(?" not in value
    return keyword not in keywords.VALUES or not inexact(json.loads(json.dumps(value)))
