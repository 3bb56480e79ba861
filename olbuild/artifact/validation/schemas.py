"""The published schemas, each read once."""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from olbuild.artifact.validation.findings import Findings
from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.resources import resource

if TYPE_CHECKING:
    from olbuild.language.expectations.published import PublishedSchema

_MOST = 1000
"""Things that a schema says of one document: somebody may have made it to keep us busy."""


def check_json(findings: Findings, document: str, kind: str, data: bytes) -> Json:
    """Note everything in a document that its schema forbids; return its value, ``None`` if it is not JSON either."""

    def check() -> Json:
        value = decode_json(data, document)
        violations = _schema(kind).violations(value)
        for place, message in islice(violations, _MOST):
            findings.note(document, place, message, "schema")
        if next(violations, None) is not None:
            findings.note(
                document, "$", f"more than {_MOST} things are against the schema; the rest is not said", "schema"
            )
        return value

    return findings.ask(document, "$", check)


@lru_cache(maxsize=16)
def _schema(kind: str) -> PublishedSchema:
    from olbuild.language.expectations.published import PublishedSchema  # noqa: PLC0415 - loads jsonschema

    return PublishedSchema(json.loads(resource(f"registry-spec/schemas/{kind}.schema.json").read_text("utf-8")))
