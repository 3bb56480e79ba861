"""Objects that say which properties they have, and nothing of others, have no others. Pure.

JSON Schema would allow any; a small model then adds some for ever. What comes out is valid either way, and it is what
llama.cpp and OpenAI's strict mode do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

_IN_PLACE = ("allOf", "anyOf", "oneOf")
_OF_OBJECTS = frozenset({"properties", "required", "additionalProperties", "patternProperties", "minProperties"})
_MOST_ROUNDS = 20


def close_objects(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose objects are closed, but for those that something joins with others.

    What is joined may have the properties of all parts, which no part alone knows.
    """
    joined: set[str] = set()
    for _ in range(_MOST_ROUNDS):
        found = set(_joined(schema, "#", joined, alone=True))
        if found <= joined:
            result: dict[str, Any] = _closed(schema, "#", joined, alone=True)
            return result
        joined |= found
    return schema  # references to references to references: whoever writes so can close objects too


def _joins(schema: dict[str, Any]) -> bool:
    applicators = sum(name in schema for name in (*_IN_PLACE, "$ref"))
    return "allOf" in schema or applicators > 1 or (applicators == 1 and not schema.keys().isdisjoint(_OF_OBJECTS))


def _parts(schema: dict[str, Any], place: str, *, alone: bool) -> Iterator[tuple[tuple[Any, ...], Any, str, bool]]:
    """Yield the schemas directly within one: their keys, themselves, their places, and whether they stand alone."""
    alone = alone and not _joins(schema)
    for keyword, value in schema.items():
        if keyword in ("items", "additionalProperties"):
            yield (keyword,), value, f"{place}/{keyword}", True
        elif keyword in (*_IN_PLACE, "prefixItems"):
            for number, inner in enumerate(value):
                yield (keyword, number), inner, f"{place}/{keyword}/{number}", alone or keyword == "prefixItems"
        elif keyword in ("properties", "patternProperties", "$defs", "definitions"):
            for name, inner in value.items():
                escaped = name.replace("~", "~0").replace("/", "~1")
                yield (keyword, name), inner, f"{place}/{keyword}/{escaped}", True


def _joined(schema: Any, place: str, joined: set[str], *, alone: bool) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield the references from where schemas are joined."""
    if not isinstance(schema, dict):
        return
    alone = alone and place not in joined
    if "$ref" in schema and (not alone or _joins(schema)):
        yield unquote(str(schema["$ref"]))
    for _, inner, within, apart in _parts(schema, place, alone=alone):
        yield from _joined(inner, within, joined, alone=apart)


def _closed(schema: Any, place: str, joined: set[str], *, alone: bool) -> Any:  # noqa: ANN401 - any JSON
    if not isinstance(schema, dict):
        return schema
    alone = alone and place not in joined
    result = {name: value.copy() if isinstance(value, list | dict) else value for name, value in schema.items()}
    for keys, inner, within, apart in _parts(schema, place, alone=alone):
        made = _closed(inner, within, joined, alone=apart)
        if len(keys) == 1:
            result[keys[0]] = made
        else:
            result[keys[0]][keys[1]] = made
    if alone and not _joins(schema) and _is_open(schema):
        result["additionalProperties"] = False
    return result


def _is_open(schema: dict[str, Any]) -> bool:
    named = schema.get("properties")
    if not named or "additionalProperties" in schema or "patternProperties" in schema:
        return False
    fewest = schema.get("minProperties", 0)
    required = schema.get("required", [])
    known = isinstance(required, list) and all(isinstance(name, str) and name in named for name in required)
    return known and isinstance(fewest, int) and fewest <= len(named)
