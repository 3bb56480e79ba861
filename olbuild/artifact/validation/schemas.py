"""The published schemas, each read once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from olbuild.artifact.validation.findings import Findings
from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.resources import resource

if TYPE_CHECKING:
    from olbuild.language.expectations.published import PublishedSchema


def check_json(findings: Findings, document: str, kind: str, data: bytes) -> Json:
    """Note everything in a document that its schema forbids; return its value, ``None`` if it is not JSON either."""

    def check() -> Json:
        value = decode_json(data, document)
        for place, message in _schema(kind).violations(value):
            findings.note(document, place, message, "schema")
        return value

    return findings.ask(document, "$", check)


@lru_cache(maxsize=16)
def _schema(kind: str) -> PublishedSchema:
    from olbuild.language.expectations.published import PublishedSchema  # noqa: PLC0415 - loads jsonschema

    return PublishedSchema(json.loads(resource(f"registry-spec/schemas/{kind}.schema.json").read_text("utf-8")))
