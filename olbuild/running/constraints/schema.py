"""JSON Schemas from anywhere: bounded, and asking for nothing that cannot be enforced. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NoReturn, TypeAlias
from urllib.parse import unquote

import msgspec

from olbuild.core.errors import UsageError
from olbuild.running.constraints import keywords
from olbuild.running.constraints.bounds import leaking_bound
from olbuild.running.constraints.closing import close_objects
from olbuild.running.constraints.digits import bound_integers
from olbuild.running.constraints.exactness import inexact
from olbuild.running.constraints.places import child, shown

Schema: TypeAlias = dict[str, Any] | bool

MOST_BYTES = 1 << 18
MOST_VALUES = 20_000
MOST_DEPTH = 100  # of the JSON; llguidance's parser ends at 128
MOST_PROPERTIES = 500  # of one object: what may be left out costs time in the square of its number
MOST_FIGURES = 50_000  # of multipleOf: its remainders are states, and 100,000 take 0.6 s to prepare
MOST_LEVELS = 2_000  # llguidance follows references by recursion, and some thousands end the process
_HINT = "leave it out, or check the answer for it yourself"


def read_schema(text: str) -> dict[str, Any]:
    """Return a schema in fewer words, with closed objects and whole numbers that end, ready for llguidance.

    Raises:
        UsageError: if the text is no JSON Schema, is too large, or asks for what cannot be enforced; the message has
            the keyword and its JSON path.
    """
    if len(text.encode("utf-8", errors="replace")) > MOST_BYTES:
        raise UsageError(f"the JSON Schema is larger than {MOST_BYTES // 1024} KiB", hint="ask for less at once")
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise UsageError(f"the JSON Schema cannot be read: {error}") from None
    _measure(document)
    schema = _schema(document, "$")
    if schema is False:
        raise UsageError("the JSON Schema is false, which no answer can be")
    _limit_levels(schema)
    if leaking := leaking_bound(subschemas(schema)):
        _refuse(child(*leaking), "with another bound less than 1 away")
    bound_integers(subschemas(schema))
    return {} if schema is True else close_objects(schema)


def subschemas(schema: Schema, place: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schemas within a schema that are objects, and their places; the innermost come first."""
    if isinstance(schema, bool):
        return
    for keyword, value in schema.items():
        for key, inner in _within(keyword, value):
            yield from subschemas(inner, _place(place, keyword, key))
    yield place, schema


def _within(keyword: str, value: Any) -> Iterable[tuple[str | int | None, Any]]:  # noqa: ANN401 - any JSON
    if keyword in keywords.SCHEMA:
        return [(None, value)]
    if keyword in keywords.SCHEMAS and isinstance(value, list):
        return enumerate(value)
    if keyword in keywords.NAMED_SCHEMAS and isinstance(value, dict):
        return value.items()
    return ()


def _place(place: str, keyword: str, key: str | int | None) -> str:
    outer = child(place, keyword)
    return outer if key is None else child(outer, key)


def _measure(document: Any) -> None:  # noqa: ANN401 - any JSON
    count, level = 0, [document]
    for _ in range(MOST_DEPTH):
        count += len(level)
        if count > MOST_VALUES:
            raise UsageError(f"the JSON Schema has more than {MOST_VALUES} values", hint="ask for less at once")
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise UsageError(f"the JSON Schema is nested deeper than {MOST_DEPTH} levels")


def _limit_levels(schema: Schema) -> None:
    """Refuse what could take llguidance too deep: the levels of all that is referred to may come one under another."""
    references = {inner["$ref"] for _, inner in subschemas(schema) if isinstance(inner.get("$ref"), str)}
    heights: dict[int, int] = {}
    levels = sum(max(2, _height(referred(schema, reference), heights)) for reference in references)
    if levels > MOST_LEVELS:
        raise UsageError(
            f"what the JSON Schema refers to has more than {MOST_LEVELS} levels together",
            hint="refer to fewer definitions",
        )


def referred(schema: Any, reference: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a JSON pointer (RFC 6901) in a fragment means; the whole schema for all that is none."""
    found = schema
    for part in unquote(reference).removeprefix("#/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and name in found:
            found = found[name]
        elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        else:
            return schema
    return found


def _height(value: Any, known: dict[int, int]) -> int:  # noqa: ANN401 - any JSON
    """Return how many levels a value has; ``known`` are the heights of others by their identity."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + max((_height(one, known) for one in inner), default=0)
    return known[id(value)]


def _schema(schema: Any, place: str) -> Schema:  # noqa: ANN401 - any JSON
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise UsageError(f"the JSON Schema is wrong at {shown(place)}: a schema must be an object, true or false")
    schema = _modern(schema)
    types = _types(schema, place)
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        here = child(place, keyword)
        if keyword in keywords.REFUSED:
            _refuse_unless_idle(keyword, value, types, here)
        elif keyword == "format":
            result |= _format(value, types, here)
        elif keyword in keywords.ENFORCED:
            result[keyword] = _value(keyword, value, place)
    _check_counts(result, types, place)
    if bounds := result.pop(_BOUNDS, None):
        result["allOf"] = [*result.get("allOf", []), bounds]
    return result


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema of an older draft in the words of 2020-12."""
    result = dict(schema)
    if isinstance(result.get("items"), list):
        rest = result.get("additionalItems", True)
        result = {("prefixItems" if name == "items" else name): value for name, value in result.items()}
        result["items"] = rest
    for old, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(result.get(old), bool) and result.pop(old) and bound in result:
            result[old] = result.pop(bound)
    return result


def _types(schema: dict[str, Any], place: str) -> frozenset[str]:
    """Return the types that a schema names; none is all."""
    found = schema.get("type", [])
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"the JSON Schema is wrong at {shown(place)}.type: it must be a name or a list of names")
    return frozenset(names)


def _refuse_unless_idle(keyword: str, value: Any, types: frozenset[str], place: str) -> None:  # noqa: ANN401 - any JSON
    about = keywords.REFUSED[keyword]
    if value in keywords.IDLE.get(keyword, ()) or (about and types and not about & types):
        return
    _refuse(place)


def _refuse(place: str, reason: str = "") -> NoReturn:
    why = f" ({reason})" if reason else ""
    raise UsageError(f"the JSON Schema asks for what cannot be enforced: {shown(place)}{why}", hint=_HINT)


_BOUNDS = "\0bounds"


def _format(value: Any, types: frozenset[str], place: str) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if value in keywords.HINTS:
        return {}
    if value in keywords.RANGES:
        least, most = keywords.RANGES[value]
        numeric = {"type": "integer", "minimum": least, "maximum": most}
        return {_BOUNDS: numeric if types and types <= {"integer", "number"} else _refuse(place)}
    if types and "string" not in types:
        return {}
    if value not in keywords.FORMATS:
        _refuse(place, f"of the formats there are {', '.join(sorted(keywords.FORMATS))}")
    return {"format": value}


def _value(keyword: str, value: Any, place: str) -> Any:  # noqa: ANN401 - any JSON
    here = child(place, keyword)
    if keyword in keywords.SCHEMA:
        return _schema(value, here)
    if keyword in keywords.SCHEMAS:
        if not isinstance(value, list):
            raise UsageError(f"the JSON Schema is wrong at {shown(here)}: it must be a list of schemas")
        return [_schema(inner, child(here, index)) for index, inner in enumerate(value)]
    if keyword in keywords.NAMED_SCHEMAS:
        if not isinstance(value, dict):
            raise UsageError(f"the JSON Schema is wrong at {shown(here)}: it must be an object of schemas")
        for name in value if keyword == "properties" else ():
            _check_values(name, here)
        return {name: _schema(inner, child(here, name)) for name, inner in value.items()}
    if keyword in keywords.VALUES:
        _check_values(value, here)
    if keyword == "multipleOf" and _figures(value) > MOST_FIGURES:
        _refuse(here, f"more than {MOST_FIGURES} without its zeros")
    return _count(value, here) if keyword in keywords.COUNTS else value


def _figures(value: Any) -> int:  # noqa: ANN401 - any JSON
    """Return the figures of a number without zeros before and behind them: 250 and 0.025 have 25."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    digits = Decimal(repr(value)).as_tuple().digits if is_number else ()
    return int("".join(map(str, digits)).strip("0") or "0")


def _count(value: Any, place: str) -> int:  # noqa: ANN401 - any JSON
    """Return a number of things; ``2.0`` is one, and what is beyond all answers is as good as the most."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value % 1:
        raise UsageError(f"the JSON Schema is wrong at {shown(place)}: it must be a whole number, 0 or more")
    return int(min(value, keywords.MOST_COUNTED))


def _check_values(value: Any, place: str) -> None:  # noqa: ANN401 - any JSON
    if found := inexact(value, place):
        _refuse(*found)


def _check_counts(schema: dict[str, Any], types: frozenset[str], place: str) -> None:
    if len(schema.get("properties", ())) > MOST_PROPERTIES:
        raise UsageError(
            f"the JSON Schema has more than {MOST_PROPERTIES} properties at {shown(place)}", hint="ask for less at once"
        )
    # Names that the schema does not have may come twice, and count once then.
    required = schema.get("required", [])
    fewest = schema.get("minProperties", 0)
    if (types and "object" not in types) or not isinstance(fewest, int) or not isinstance(required, list):
        return
    if fewest > max(1, len(set(map(str, required)))):
        _refuse(child(place, "minProperties"), "more than are required, and more than one")
