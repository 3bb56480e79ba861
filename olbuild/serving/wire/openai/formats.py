"""What an answer must look like, as the OpenAI API asks for it."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.requests import Grammar

Schema: TypeAlias = dict[str, Any]


class TextFormat(msgspec.Struct, tag="text"):
    """Any text."""


class JsonFormat(msgspec.Struct, tag="json_object"):
    """A JSON object."""


class NamedSchema(msgspec.Struct, kw_only=True):
    """A schema with its name. It is always enforced, whatever ``strict`` says."""

    name: str | None = None
    schema: Schema | None = None
    strict: bool | None = None


class SchemaFormat(msgspec.Struct, kw_only=True, tag="json_schema"):
    """JSON that a schema describes; chat completions have it in ``json_schema``, responses beside the type."""

    json_schema: NamedSchema | None = None
    name: str | None = None
    schema: Schema | None = None
    strict: bool | None = None


class GrammarFormat(msgspec.Struct, kw_only=True, tag="grammar"):
    """A grammar, in the shape that the API has for the input of custom tools."""

    syntax: Literal["lark", "regex", "gbnf"]
    definition: str


Format: TypeAlias = TextFormat | JsonFormat | SchemaFormat | GrammarFormat


def grammar(format_: Format | None, where: str) -> Grammar | None:
    """Return what the answer must look like; ``where`` is the place in the request.

    Raises:
        UsageError: if the schema is missing. What a schema asks is looked at where it is compiled.
    """
    match format_:
        case None | TextFormat():
            return None
        case JsonFormat():
            return Grammar(kind="json")
        case GrammarFormat(syntax=syntax, definition=definition):
            return Grammar(kind=syntax, text=definition)
        case SchemaFormat():
            schema = format_.json_schema.schema if format_.json_schema is not None else format_.schema
            if schema is None:
                raise UsageError(f"{where} has the type json_schema and no schema")
            return of_schema(schema)


def of_schema(schema: Schema) -> Grammar:
    """Return what a schema asks for; for one that asks nothing llama.cpp writes any object, and so it is here."""
    if not schema:
        return Grammar(kind="json")
    return Grammar(kind="json_schema", text=msgspec.json.encode(schema).decode())
