"""JSON as Go's ``encoding/json`` writes it, to the byte: it is what the digests of Ollama's artifacts are made of."""

from __future__ import annotations

import json

from olbuild.core.content.canonical import Json, canonical_json

# json.Encoder escapes these, so that the text can stand in HTML (encoding/json, "SetEscapeHTML").
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def go_json(value: Json) -> bytes:
    """Encode a value as ``json.Encoder`` does, with the newline behind it.

    An object keeps the order that it has, as a struct does; ``go_map`` makes one that is ordered as a map.

    Raises:
        ValueError: for a number that JSON does not have, or text that is not valid Unicode.
    """
    pieces: list[str] = []
    _write(value, pieces)
    pieces.append("\n")
    return "".join(pieces).encode("utf-8")


def go_map(value: dict[str, Json]) -> dict[str, Json]:
    """Return an object as Go holds it in a ``map[string]any``: keys sorted by bytes, every number a float64.

    Raises:
        ValueError: if a number is too large.
    """
    return {key: _generic(value[key]) for key in sorted(value)}


def _generic(value: Json) -> Json:
    match value:
        case bool():
            return value
        case int():
            try:
                return float(value)
            except OverflowError:
                raise ValueError(f"a number has {len(str(abs(value)))} digits") from None
        case list():
            return [_generic(item) for item in value]
        case dict():
            return go_map(value)
        case _:
            return value


def _write(value: Json, pieces: list[str]) -> None:
    match value:
        case str():
            pieces.append(json.dumps(value, ensure_ascii=False).translate(_ESCAPES))
        case float() if value == 0 and str(value).startswith("-"):
            pieces.append("-0")
        case dict():
            for index, (key, item) in enumerate(value.items()):
                pieces.append("," if index else "{")
                _write(key, pieces)
                pieces.append(":")
                _write(item, pieces)
            pieces.append("}" if value else "{}")
        case list():
            for index, item in enumerate(value):
                pieces.append("," if index else "[")
                _write(item, pieces)
            pieces.append("]" if value else "[]")
        case _:  # the shortest digits, an exponent from 1e21 on and below 1e-6: as ECMAScript has it, and RFC 8785
            pieces.append(canonical_json(value).decode("ascii"))
