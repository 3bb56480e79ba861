"""Methods of Ollama's types: a field with the name of a method calls it, and printing uses ``String``."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from olbuild.language.template.go.json import to_json
from olbuild.language.template.go.schema import (
    ARGUMENTS_TYPE,
    PROPERTIES,
    PROPERTY,
    PROPERTY_MAP_TYPE,
    PROPERTY_TYPE_TYPE,
    TOOL,
    TOOLS_TYPE,
)
from olbuild.language.template.go.values import Map, Slice, Struct, Value

_TYPESCRIPT = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "array": "any[]",
    "object": "Record<string, any>",
    "null": "null",
}


def as_text(value: Value) -> str | None:
    """Return what the ``String`` method of a value gives, or None if it has none."""
    if isinstance(value, Slice):
        if value.type == TOOLS_TYPE:
            return to_json(value)
        if value.type == PROPERTY_TYPE_TYPE:
            items = cast("list[str]", value.items or [])
            return items[0] if len(items) == 1 else f"[{' '.join(items)}]" if items else ""
    elif isinstance(value, Map):
        if value.type in {ARGUMENTS_TYPE, PROPERTY_MAP_TYPE}:
            return "{}" if value.entries is None else to_json(value)
    elif isinstance(value, Struct) and value.type is TOOL:
        return to_json(value)
    return None


def typescript(value: Value) -> str:
    """Return the type of a tool's property as TypeScript writes it; ``any`` for everything else."""
    if not isinstance(value, Struct) or value.type is not PROPERTY:
        return "any"
    any_of = cast("Slice", value.values["AnyOf"]).items
    if any_of:
        return " | ".join(map(typescript, any_of))
    types = cast("list[str]", cast("Slice", value.values["Type"]).items or [])
    return " | ".join(_TYPESCRIPT.get(name, "any") for name in types) or "any"


def method(value: Value, name: str) -> Callable[[], Value] | None:
    """Return a method without arguments, or None if the value has none of this name."""
    if name == "String" and as_text(value) is not None:
        return lambda: as_text(value)
    if name == "ToTypeScriptType" and isinstance(value, Struct) and value.type is PROPERTY:
        return lambda: typescript(value)
    if isinstance(value, Struct) and value.type is PROPERTIES:
        entries = cast("Map", value.values["om"]).entries or {}
        if name == "Len":
            return lambda: len(entries)
        if name == "ToMap":
            return lambda: Map("map[string]api.ToolProperty", entries)
    return None
