"""What a parser asks of the tools of a request: their names, and the types that their parameters have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

_DEEPEST = 16
_MOST_BRANCHES = 1_000
_NOTHING: Mapping[str, object] = MappingProxyType({})


class Tools:
    """The tools of one request, in the shape that the HTTP APIs have."""

    def __init__(self, tools: Sequence[Mapping[str, object]] = ()) -> None:
        """Keep the schemas of the parameters by the names of the functions; what has no name is left out."""
        self._schemas: dict[str, Mapping[str, object]] = {}
        for tool in tools:
            function = _mapping(tool.get("function")) or tool
            name = function.get("name")
            if isinstance(name, str):
                self._schemas[name] = _mapping(function.get("parameters"))

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._schemas)

    def __contains__(self, name: object) -> bool:
        """Whether a function of this name may be called."""
        return name in self._schemas

    @property
    def names(self) -> Sequence[str]:
        """The names of the functions."""
        return tuple(self._schemas)

    def types(self, function: str, *path: str) -> frozenset[str]:
        """Return the JSON types that a parameter may have, or something within one; none if nobody says.

        Args:
            function: the name of the function.
            path: the name of the parameter, then of a member of it, and so on; for items of a list, any name.
        """
        root = self._schemas.get(function, _NOTHING)
        schemas = [root]
        for name in path:
            inner = (found for schema in schemas for found in _within(schema, root, name))
            schemas = list(islice(inner, _MOST_BRANCHES))
        branches = (branch for schema in schemas for branch in _branches(schema, root, _DEEPEST))
        return frozenset(name for branch in islice(branches, _MOST_BRANCHES) for name in _types(branch))


def _within(schema: Mapping[str, object], root: Mapping[str, object], name: str) -> Iterable[Mapping[str, object]]:
    """Yield the schemas of a member, or of the items."""
    for branch in islice(_branches(schema, root, _DEEPEST), _MOST_BRANCHES):
        members = _mapping(branch.get("properties"))
        if name in members or "items" in branch:
            yield _mapping(members.get(name, branch.get("items")))


def _branches(schema: Mapping[str, object], root: Mapping[str, object], deeper: int) -> Iterable[Mapping[str, object]]:
    """Yield a schema, and all others that it refers to for the same value."""
    if not deeper:
        return
    yield schema
    for word in ("anyOf", "oneOf", "allOf"):
        branches = schema.get(word)
        for branch in branches if isinstance(branches, list | tuple) else ():
            yield from _branches(_mapping(branch), root, deeper - 1)
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        target: object = root
        for part in reference[2:].split("/"):
            target = _mapping(target).get(part.replace("~1", "/").replace("~0", "~"))
        yield from _branches(_mapping(target), root, deeper - 1)


def _types(schema: Mapping[str, object]) -> Iterable[str]:
    """Yield the types that a schema names itself, or has values of."""
    match schema.get("type"):
        case str() as name:
            yield name.lower()
        case list() | tuple() as names:
            yield from (name.lower() for name in names if isinstance(name, str))
        case _:
            values = schema.get("enum")
            constant = [schema["const"]] if "const" in schema else []
            yield from map(_type_of, values if isinstance(values, list | tuple) else constant)


def _type_of(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case None:
            return "null"
        case list() | tuple():
            return "array"
        case _:
            return "object"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING
