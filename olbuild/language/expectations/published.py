"""Schemas that travel with olbuild, against documents from anywhere: everything that is wrong, not the first thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry

from olbuild.core.content.canonical import Json

_LONGEST_MESSAGE = 300


class PublishedSchema:
    """A schema of ours, which may use what Python's expressions can: it is not for schemas from elsewhere."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """Keep a schema that is known to be one."""
        self._validator = Draft202012Validator(schema, registry=Registry())

    def violations(self, document: Json) -> Iterator[tuple[str, str]]:
        """Yield the place (a JSON path) and the reason of everything that a document should not be.

        Of a place that fits none of several schemas, the reasons are those of the schema that it fits best.
        """
        for error in self._validator.iter_errors(document):
            for reason in _reasons(error):
                message = reason.message
                short = message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
                yield reason.json_path, short


def _reasons(error: ValidationError) -> Iterator[ValidationError]:
    """Yield what is wrong, where a choice between schemas failed by the one that has the fewest objections."""
    groups: dict[object, list[ValidationError]] = {}
    for inner in error.context or ():
        groups.setdefault(inner.schema_path[0], []).append(inner)
    if not groups:
        yield error
        return
    for inner in min(groups.values(), key=len):
        yield from _reasons(inner)
