"""A function that may be called, and how families write the arguments of a call. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from olbuild.core.errors import UsageError
from olbuild.core.records import Frozen
from olbuild.running.chat.forcing.parts import Member, Unwritable, alone, members_of, of_types
from olbuild.running.chat.forcing.rules import Rules
from olbuild.running.chat.forcing.texts import Strings
from olbuild.running.chat.parsing.tools import Tools
from olbuild.running.constraints.relaxing import relaxed
from olbuild.running.constraints.schema import read_schema, subschemas


class Function(Frozen, kw_only=True):
    """A function.

    Attributes:
        name: its name.
        schema: of its arguments, which are an object whatever it says, as ``read_schema`` returns it.
        strict: whether all of it must be enforced; of others, what cannot be is left out.
        tools: what the parser of the answer knows of it.
    """

    name: str
    schema: Mapping[str, Any]
    strict: bool
    tools: Tools

    @classmethod
    def of(cls, tool: Mapping[str, Any]) -> Function | None:
        """Return the function that a tool is, as the HTTP APIs have it; ``None`` if it is none.

        Raises:
            UsageError: if its parameters are no JSON Schema, or ask what must be and cannot be enforced.
        """
        function = tool.get("function", tool)
        if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
            return None
        asked = function.get("parameters") or {"type": "object"}
        strict = function.get("strict") is True
        try:
            schema = read_schema(json.dumps(asked if strict else relaxed(asked)))
        except UsageError as error:
            message = f"the parameters of the function {function['name']}: {error.message}"
            raise UsageError(message, hint=error.hint) from None
        if "type" not in schema and "$ref" not in schema:
            schema = {"type": "object", **schema}
        if schema.get("properties") == {}:
            schema.setdefault("additionalProperties", False)  # it has no arguments, and not any
        return cls(name=function["name"], schema=schema, strict=strict, tools=Tools([tool]))

    @property
    def members(self) -> Sequence[Member]:
        """Its arguments, in the order of the schema.

        Raises:
            Unwritable: if they are not just some with names.
        """
        if any(not inner.keys().isdisjoint(("$id", "$anchor")) for _, inner in subschemas(dict(self.schema))):
            raise Unwritable
        return self.members_of(self.schema)

    def members_of(self, schema: Any) -> Sequence[Member]:  # noqa: ANN401 - any JSON
        """Return the members of objects of a part of its schema, in its order.

        Raises:
            Unwritable: if they are not just some with names.
        """
        return members_of(schema, self.schema)

    def narrowed(self, schema: Any, types: frozenset[str]) -> Any:  # noqa: ANN401 - any JSON
        """Return a part of its schema for values of some types; ``None`` if there are none."""
        return of_types(schema, types, self.schema)

    def strings(self, schema: Any) -> str:  # noqa: ANN401 - any JSON
        """Return the terminal of the strings that a part of its schema allows; nothing for any.

        Raises:
            Unwritable: if it cannot be told.
        """
        return Strings(self.schema, strict=self.strict).of(schema)

    def json(self, schema: Any, rules: Rules) -> str:  # noqa: ANN401 - any JSON
        """Return the rule of the JSON that a part of its schema allows.

        Raises:
            Unwritable: if the grammar would become too large.
        """
        rules.spend()
        return rules.json(alone(schema, self.schema), strict=self.strict)


class Way(Protocol):
    """A way to write arguments."""

    def __call__(self, function: Function, rules: Rules) -> str:
        """Return the arguments in Lark.

        Raises:
            Unwritable: if there is no way.
        """
        ...


def as_json(function: Function, rules: Rules) -> str:
    """Return arguments that are a JSON object."""
    return rules.json(function.schema, strict=function.strict)
