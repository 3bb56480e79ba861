"""Texts that stand in an answer without quotes, as Lark's terminals: what a schema lets a string be. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from olbuild.running.chat.forcing.formats import FORMATS
from olbuild.running.chat.forcing.parts import Unwritable, meant
from olbuild.running.chat.forcing.patterns import ANY, literal, searched

_MOST_SCHEMAS = 500
_CHARACTERS = r"/[^\x00-\x08\x0b-\x1f\x7f]*/"
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]{1,3})?"
_READ = {
    "null": ("[nN][uU][lL][lL]", "[nN][oO][nN][eE]"),
    "boolean": ("[tT][rR][uU][eE]", "[fF][aA][lL][sS][eE]"),
    "number": (_NUMBER,),
    "integer": (_NUMBER,),
    "object": (rf"[{{\[]{ANY}",),
    "array": (rf"[{{\[]{ANY}",),
}
"""Bare texts that ``parsing.typed`` reads as something else than a string where the schema has such a type."""

NUMBERS = r"/-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?/"
WHOLE_NUMBERS = "/-?(?:0|[1-9][0-9]{0,14})/"


def quoted(text: str) -> str:
    """Return a text as Lark has it."""
    return json.dumps(text, ensure_ascii=False)


def bare_text(never: Sequence[str]) -> str:
    """Return the terminal of any text that has none of some others in it."""
    return " & ".join([_CHARACTERS, *(f"~/{ANY}{literal(text)}{ANY}/" for text in never)])


def read_otherwise(types: frozenset[str]) -> str:
    """Return what a text must not be, so that it is read as a string where values of these types may stand."""
    kinds = types or frozenset({"number", "object"})
    found = [expression for kind in sorted(kinds) for expression in _READ.get(kind, ())]
    if not types:
        found += ["true", "false", "null"]
    expressions = "|".join(dict.fromkeys(found))
    return rf"~/\s*(?:{expressions})\s*/" if found else ""


class Strings:
    """The strings that schemas allow.

    Args:
        root: where their references lead to.
        strict: whether what cannot be told may not be left out.
    """

    def __init__(self, root: Any, *, strict: bool) -> None:  # noqa: ANN401 - any JSON
        """Begin with all of the work still allowed."""
        self._root, self._strict, self._left = root, strict, _MOST_SCHEMAS

    def of(self, schema: Any) -> str:  # noqa: ANN401 - any JSON
        """Return the terminal of the strings that a schema of strings allows; nothing for any.

        Raises:
            Unwritable: if it cannot be told.
        """
        return " & ".join(self._conditions(schema))

    def _conditions(self, schema: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
        self._left -= 1
        if self._left < 0:
            raise Unwritable
        if not isinstance(schema, dict):
            return
        values = schema.get("enum", [schema["const"]] if "const" in schema else ())
        if values:
            yield _either([quoted(value) for value in values if isinstance(value, str)])
        yield from self._own(schema)
        if self._strict and len(schema.get("oneOf", ())) > 1:
            raise Unwritable  # they must not overlap
        for keyword in ("anyOf", "oneOf"):
            parts = [self.of(inner) for inner in schema.get(keyword, ())]
            if parts and all(parts):
                yield _either(parts)
        for inner in schema.get("allOf", ()):
            yield from self._conditions(inner)
        if "$ref" in schema:
            yield from self._conditions(meant(schema["$ref"], self._root))

    def _own(self, schema: dict[str, Any]) -> Iterator[str]:
        least, most = schema.get("minLength", 0), schema.get("maxLength", "")
        if least or most != "":
            yield f"/(?s:.{{{least},{most}}})/"
        for keyword, expression in (("pattern", searched), ("format", FORMATS.get)):
            if keyword in schema:
                found = expression(schema[keyword])
                if found is not None:
                    yield f"/{found}/"
                elif self._strict:
                    raise Unwritable


def _either(expressions: Sequence[str]) -> str:
    if not expressions:
        raise Unwritable
    return f"({' | '.join(expressions)})"
