"""From JSON to the struct of a request, as Go does it: keys in any case, unknown ones ignored, null is not there.

The texts of errors are Go's (``json: cannot unmarshal number into Go struct field ChatRequest.model of type string``),
because clients know them; a struct is called there as it is called here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from olbuild.core.errors import UsageError
from olbuild.serving.wire.reading import read_json

S = TypeVar("S", bound=msgspec.Struct)


def read(body: bytes, kind: type[S], *, empty: str = "missing request body") -> S:
    """Decode the body of a request.

    Args:
        body: its bytes.
        kind: a struct; its fields are texts, numbers, booleans, structs, lists and mappings of those, or anything.
            A field that is null, or is not there, has its default.
        empty: what the error says if there is no body.

    Raises:
        UsageError: if it is no JSON, or a value is of another type than its field.
    """
    if not body.strip():
        raise UsageError(empty)
    value = read_json(body)
    if value is None:
        return kind()
    if not isinstance(value, dict):
        raise UsageError(f"json: cannot unmarshal {json_name(value)} into Go value of type {_go_name(kind)}")
    try:
        return bind(value, kind)
    except OverflowError:  # of a whole number that is no float
        raise UsageError(f"json: cannot unmarshal number into Go value of type {_go_name(kind)}") from None


def bind(value: Mapping[str, Any], kind: type[S], root: str = "") -> S:
    """Make a struct of a JSON object; ``root`` is how errors call the place of the object.

    Raises:
        UsageError: if a value is of another type than its field.
    """
    where = root or kind.__name__
    fields = _fields(kind)
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = key if key in fields else _folded(kind).get(key.casefold())
        if name is None:
            continue
        attribute, wanted = fields[name]
        if item is None:
            continue
        found[attribute] = _value(item, wanted, f"{where}.{name}")
    return kind(**found)


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[str, Any]]:
    """Return the fields of a struct by their names in JSON: attribute and type."""
    hints = get_type_hints(kind, include_extras=False)
    return {field.encode_name: (field.name, hints[field.name]) for field in msgspec.structs.fields(kind)}


@cache
def _folded(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {name.casefold(): name for name in _fields(kind)}


def _value(value: Any, wanted: Any, where: str) -> Any:  # noqa: ANN401, PLR0911 - a case for each type
    origin = get_origin(wanted)
    if origin is Annotated:
        return _value(value, get_args(wanted)[0], where)
    if origin in (Union, types.UnionType):
        return _value(value, _only(wanted), where)
    if wanted is Any:
        return value
    if wanted is str and isinstance(value, str):
        return value
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is int and _is_number(value):
        if isinstance(value, int) or value.is_integer():
            return int(value)
        raise UsageError(f"json: cannot unmarshal number {value} into Go struct field {where} of type int")
    if wanted is float and _is_number(value):
        return float(value)
    if origin is list and isinstance(value, list):
        (item,) = get_args(wanted)
        return [_item(each, item, where) for each in value]
    if origin is dict and isinstance(value, dict):
        _, item = get_args(wanted)
        return {key: _item(each, item, where) for key, each in value.items()}
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct) and isinstance(value, dict):
        return bind(value, wanted, where)
    raise UsageError(
        f"json: cannot unmarshal {json_name(value)} into Go struct field {where} of type {_go_name(wanted)}"
    )


def _item(value: Any, wanted: Any, where: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read an item of a list or an object; null is the empty value of its type, as in Go."""
    if value is not None:
        return _value(value, wanted, where)
    origin = get_origin(wanted) or wanted
    return origin() if isinstance(origin, type) and origin is not Any else None


def _only(union: Any) -> Any:  # noqa: ANN401 - a type
    """Return what a field is unless it is ``None``."""
    kinds = [each for each in get_args(union) if each is not type(None)]
    return kinds[0] if len(kinds) == 1 else Any


def _is_number(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, int | float) and not isinstance(value, bool)


def json_name(value: object) -> str:
    """Return what Go calls a JSON value."""
    match value:
        case bool():
            return "bool"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "null"


_GO = {str: "string", bool: "bool", int: "int", float: "float64"}


def _go_name(wanted: Any) -> str:  # noqa: ANN401 - a type
    if get_origin(wanted) is list:
        return f"[]{_go_name(get_args(wanted)[0])}"
    if get_origin(wanted) is dict:
        return f"map[string]{_go_name(get_args(wanted)[1])}"
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return f"api.{wanted.__name__}"
    return _GO.get(wanted, "any")
