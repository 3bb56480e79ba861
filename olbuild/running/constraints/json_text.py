"""How JSON is written: as people do, and without room for endless blanks."""

from __future__ import annotations

_LINE = r"\r?\n[ \t]{0,40}"

SCHEMA_OPTIONS = {
    # Blanks and new lines behind commas and colons, and nowhere else: llguidance takes them anywhere, or there.
    # Nobody reads the arguments of a call as they are written.
    "whitespace_flexible": False,
    "key_separator": ": ?",
    "item_separator": rf",(?: |{_LINE})?",
    # Without \uXXXX, because llguidance 1.9.1 takes a name that is written so for one that the schema does not have.
    "json_allowed_escapes": 'nrbtf\\"',
    "lenient": False,
    "coerce_one_of": False,
}
"""The ``x-guidance`` of the schemas of functions."""

ANSWER_OPTIONS = {
    **SCHEMA_OPTIONS,
    # As llama.cpp's grammars have it (SPACE_RULE of common/json-schema-to-grammar.cpp), so that answers are those of
    # Ollama and llama-server: one such piece at most between two parts, which bounds a model that loves blanks.
    "whitespace_flexible": True,
    "whitespace_pattern": r" |\n{1,2}[ \t]{0,20}",
    "key_separator": ":",
    "item_separator": ",",
}
"""The ``x-guidance`` of a schema that an answer follows."""

ANY_OBJECT = rf"""
start: object
object: "{{" LINE? (pair (COMMA pair)*)? LINE? "}}"
array: "[" LINE? (value (COMMA value)*)? LINE? "]"
pair: STRING COLON value
value: object | array | STRING | NUMBER | "true" | "false" | "null"
COMMA: /,(?: |{_LINE})?/
COLON: /: ?/
LINE: /{_LINE}/
NUMBER: /-?(?:0|[1-9][0-9]{{0,40}})(?:\.[0-9]{{1,40}})?(?:[eE][+-]?[0-9]{{1,2}})?/
STRING: /"(?:[^"\\\x00-\x1f\x7f]|\\["\\\/bfnrt]|\\u(?:[0-9a-cefA-CEF][0-9a-fA-F]{{3}}|[dD][0-7][0-9a-fA-F]{{2}}))*"/
"""
"""Any JSON object in llguidance's Lark, its numbers small enough for every reader, without halves of characters."""
