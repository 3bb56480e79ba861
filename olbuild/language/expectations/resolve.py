"""A schema is looked at before it is used: its keywords, its expressions, and where each reference leads."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from olbuild.language.expectations.regex import validate_regex

if TYPE_CHECKING:
    from referencing._core import Resolver  # it has no public name

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFUSED = ("$dynamicRef", "unevaluatedItems", "unevaluatedProperties")
# Keywords whose schemas apply to the same value, so that a circle of them has no end.
_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")


def prepared(document: object) -> dict[str, Any] | bool:
    """Return a copy of a schema that can be evaluated: ``$schema`` is left out, which could choose other rules.

    Raises:
        ValueError: if it is no schema of the draft, uses what is refused, or a reference leads outside or in a circle.
    """
    if not isinstance(document, dict | bool):
        raise ValueError("it is neither an object nor true or false")  # noqa: TRY004 - what a file holds is no type
    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(document):
        raise ValueError(f"{error.json_path}: {error.message[:200]}")
    if isinstance(document, bool):
        return document
    copy: dict[str, Any] = deepcopy(document)
    root = DRAFT202012.create_resource(copy)
    found = list(_walk(root, Registry().resolver_with_root(root)))
    for schema, _ in found:
        _check(schema)
    _check_references(found)
    for schema, _ in found:
        schema.pop("$schema", None)
    return copy


def _walk(resource: Resource[Any], resolver: Resolver[Any]) -> Iterator[tuple[dict[str, Any], Resolver[Any]]]:
    """Yield every schema that is an object, with what resolves its references."""
    if isinstance(resource.contents, dict):
        yield resource.contents, resolver
        for inner in resource.subresources():
            yield from _walk(inner, resolver.in_subresource(inner))


def _check(schema: dict[str, Any]) -> None:
    draft = schema.get("$schema", _DRAFT)
    if draft.rstrip("#") != _DRAFT:
        raise ValueError(f"$schema is {draft[:100]!r}, and only {_DRAFT} is known")
    for keyword in _REFUSED:
        if keyword in schema:
            raise ValueError(f"{keyword} is not supported")
    for pattern in [*([schema["pattern"]] if "pattern" in schema else []), *schema.get("patternProperties", {})]:
        try:
            validate_regex(pattern)
        except ValueError as error:
            raise ValueError(f"the pattern {pattern[:100]!r} is none of RE2: {error}") from None


def _check_references(found: list[tuple[dict[str, Any], Resolver[Any]]]) -> None:
    known = {id(schema) for schema, _ in found}
    edges: dict[int, set[int]] = {}
    for schema, resolver in found:
        after = {id(inner) for keyword in _SAME_VALUE for inner in _schemas(schema.get(keyword))}
        if "$ref" in schema:
            target = _target(schema["$ref"], resolver)
            if not isinstance(target, bool):
                if id(target) not in known:
                    raise ValueError(f"$ref {schema['$ref'][:100]!r} leads to something that is no schema")
                after.add(id(target))
        edges[id(schema)] = after
    try:
        TopologicalSorter(edges).prepare()
    except CycleError:
        raise ValueError("a $ref leads back to itself without an end") from None


def _schemas(value: object) -> list[object]:
    """Return the schemas of a keyword, whose value is a schema, a list, or (``dependentSchemas``) a map of them."""
    if isinstance(value, list):
        return value
    return [value, *value.values()] if isinstance(value, dict) else []


def _target(reference: str, resolver: Resolver[Any]) -> object:
    try:
        return resolver.lookup(reference).contents
    except (Unresolvable, ValueError):
        raise ValueError(
            f"$ref {reference[:100]!r} leads nowhere in the schema, and nothing outside of it is read"
        ) from None
