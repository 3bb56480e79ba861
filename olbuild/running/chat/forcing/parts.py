"""Parts of a schema that ``read_schema`` has read: the arguments of a call, and the values of some types. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from olbuild.core.records import Frozen
from olbuild.running.constraints.schema import referred

DEEPEST = 6
"""Levels of lists and objects that are written in the way of a family; what is below is JSON."""

NAMES = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,200}")
"""Names that stand without quotes in every way."""

TYPES = frozenset({"null", "boolean", "number", "string", "array", "object"})
"""Those of JSON; whole numbers are numbers."""

_SCALARS = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
_TYPED = frozenset({"enum", "$ref", "allOf", "anyOf", "oneOf"})
_DEEPEST = 32
_OF_ARRAYS = frozenset({"type", "items", "minItems", "maxItems"})
_PLAIN = frozenset({"type", "properties", "required", "additionalProperties", "$defs", "definitions"})
_MOST_WRITTEN = 100
_MOST_PARTS = 5_000


class Unwritable(Exception):
    """A family has no way to write a call, or none that its parser would surely read as it is meant."""


class Member(Frozen, kw_only=True):
    """A member of an object."""

    name: str
    schema: Any
    required: bool


def meant(reference: str, root: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return what a reference means.

    Raises:
        Unwritable: if it is no JSON pointer.
    """
    if reference != "#" and not reference.startswith("#/"):
        raise Unwritable
    return referred(root, reference)


def members_of(schema: Any, root: Any) -> Sequence[Member]:  # noqa: ANN401 - any JSON
    """Return the members that an object has, in the order of the schema: all it names, and no others.

    Raises:
        Unwritable: if which it may have depends on something else than their names.
    """
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict) or set(schema) - {"$defs", "definitions"} != {"$ref"}:
            break
        schema = meant(schema["$ref"], root)
    if (
        not isinstance(schema, dict)
        or set(schema) - _PLAIN
        or schema.get("type", "object") not in ("object", ["object"])
    ):
        raise Unwritable
    named = schema.get("properties", {})
    required = schema.get("required", [])
    if not all(name in named for name in required) or (not named and schema.get("additionalProperties")):
        raise Unwritable
    if len(named) > _MOST_WRITTEN:
        raise Unwritable
    return [
        Member(name=name, schema=inner, required=name in required)
        for name, inner in named.items()
        if inner is not False or name in required
    ]


def items_of(schema: Any) -> tuple[Any, int, int | None] | None:  # noqa: ANN401 - any JSON
    """Return the schema of a list's items, and how many there are at least and at most; ``None`` if more is asked."""
    if not schema.keys() <= _OF_ARRAYS or not isinstance(schema.get("items"), dict):
        return None
    return schema["items"], schema.get("minItems", 0), schema.get("maxItems")


def alone(schema: Any, root: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a part of a schema as one that needs nothing of the rest: with all that it refers to."""
    names: dict[str, str] = {}
    definitions: dict[str, Any] = {}
    waiting: list[str] = []
    work = _Work()

    def moved(part: Any) -> Any:  # noqa: ANN401 - any JSON
        work.spend()
        if not isinstance(part, dict):
            return part
        result: dict[str, Any] = {}
        for keyword, value in part.items():
            if keyword == "$ref" and isinstance(value, str):
                if value not in names:
                    names[value] = f"d{len(names)}"
                    waiting.append(value)
                result[keyword] = f"#/$defs/{names[value]}"
            elif keyword not in ("$defs", "definitions"):
                result[keyword] = _mapped(keyword, value, moved)
        return result

    result = moved(schema)
    while waiting:
        reference = waiting.pop()
        definitions[names[reference]] = moved(meant(reference, root))
    return {**result, "$defs": definitions} if definitions else result


def of_types(schema: Any, types: frozenset[str], root: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema of the values of some types that another one has; ``None`` if it has none."""
    return _Restriction(types, root).of(schema)


class _Work:
    """Bounds the parts of a schema that are looked at: what is referred to twice is there twice."""

    def __init__(self) -> None:
        self._left = _MOST_PARTS

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Unwritable


class _Restriction:
    def __init__(self, types: frozenset[str], root: Any) -> None:  # noqa: ANN401 - any JSON
        self._types, self._root = types, root
        self._known: dict[str, Any] = {}
        self._work = _Work()

    def of(self, schema: Any) -> Any:  # noqa: ANN401 - any JSON
        self._work.spend()
        if isinstance(schema, bool):
            schema = {} if schema else {"enum": []}
        if "const" in schema:  # a value that may be null
            schema = {**schema, "enum": [schema["const"]]}
            del schema["const"]
        asked = schema.get("type", sorted(TYPES))
        left = list(self._left([asked] if isinstance(asked, str) else asked))
        result: dict[str, Any] = {}
        for keyword, value in schema.items():
            change = self._changes.get(keyword)
            part = value if change is None else change(value, left)
            if part is None:
                return None
            result[keyword] = part
        if isinstance(result.get("$ref"), dict):  # only some of what it refers to
            result["allOf"] = [*result.get("allOf", []), result.pop("$ref")]
        if "type" in schema or result.keys().isdisjoint(_TYPED):
            if not left:
                return None
            result["type"] = left[0] if len(left) == 1 else left
        return result["allOf"][0] if result.keys() == {"allOf"} and len(result["allOf"]) == 1 else result

    @property
    def _changes(self) -> Mapping[str, Callable[[Any, Sequence[str]], Any]]:
        """What becomes of the values of keywords; ``None`` is that no value is left."""
        return {
            "enum": lambda values, left: [value for value in values if _is_among(value, left)] or None,
            "anyOf": lambda parts, _: [part for inner in parts if (part := self.of(inner)) is not None] or None,
            "oneOf": lambda parts, _: [part for inner in parts if (part := self.of(inner)) is not None] or None,
            "allOf": self._all,
            "$ref": lambda reference, _: self._referred(reference),
        }

    def _all(self, parts: Sequence[Any], _left: Sequence[str]) -> list[Any] | None:
        found = [self.of(inner) for inner in parts]
        return None if None in found else found

    def _left(self, asked: Sequence[str]) -> Iterator[str]:
        for name in asked:
            if name in self._types or (name == "integer" and "number" in self._types):
                yield name
            elif name == "number" and "integer" in self._types:
                yield "integer"

    def _referred(self, reference: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what a reference means, itself if that has been asked for already: where it leads back to itself."""
        if reference not in self._known:
            self._known[reference] = reference
            target = meant(reference, self._root)
            found = self.of(target)
            self._known[reference] = reference if found == target else found
        return self._known[reference]


def _is_among(value: Any, types: Sequence[str]) -> bool:  # noqa: ANN401 - any JSON
    name = _SCALARS.get(type(value), "object")
    whole = name == "number" and "integer" in types and value % 1 == 0
    return name in types or whole


def _mapped(keyword: str, value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return the value of a keyword with the schemas in it changed."""
    match keyword:
        case "items" | "additionalProperties":
            return change(value)
        case "allOf" | "anyOf" | "oneOf" | "prefixItems":
            return [change(inner) for inner in value]
        case "properties" | "patternProperties":
            return {name: change(inner) for name, inner in value.items()}
        case _:
            return value
