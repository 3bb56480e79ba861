"""Values as Go's templates see them.

Text, numbers and booleans are Python's own (``str``, ``int``, ``float``, ``complex``, ``bool``); bytes that are not
UTF-8 are surrogate escapes in a text. The other kinds carry the name of their Go type, because printing and errors
show it and methods hang on it.

``None`` is an interface that holds nothing. ``INVALID`` is no value at all (Go's zero ``reflect.Value``), which is
what an interface that holds nothing becomes at the end of a pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from olbuild.core.records import Frozen


class _Invalid:
    """The one instance is INVALID."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "INVALID"

    def __bool__(self) -> bool:
        return False


INVALID: Final = _Invalid()


class Byte(int):
    """A ``uint8``, which is what an index into a text gives."""

    __slots__ = ()


class Member(Frozen):
    """A field of a struct: its name, its key in JSON, and whether JSON leaves it out when it is empty.

    One that may hold anything (an interface) is empty only if it holds nothing at all.
    """

    name: str
    key: str
    omits_empty: bool = False
    holds_anything: bool = False


class StructType(Frozen):
    """The type of a struct."""

    name: str
    members: tuple[Member, ...]


class Struct:
    """A struct, or a pointer to one. Compared by identity, as pointers are."""

    __slots__ = ("pointer", "type", "values")

    def __init__(self, type_: StructType, values: dict[str, Value], *, pointer: bool = False) -> None:
        """Make one; ``values`` has a value for each member of the type."""
        self.type = type_
        self.values = values
        self.pointer = pointer


class Slice:
    """A slice. ``items`` is None for the nil slice; ``spare`` is what its capacity holds beyond its length."""

    __slots__ = ("items", "spare", "type")

    def __init__(self, type_: str, items: list[Value] | None, spare: Iterable[Value] = ()) -> None:
        """Make one."""
        self.type = type_
        self.items = items
        self.spare = list(spare)


class Map:
    """A map with text keys. ``entries`` is None for the nil map. ``zero`` is what a missing key gives."""

    __slots__ = ("entries", "type", "zero")

    def __init__(self, type_: str, entries: dict[str, Value] | None, zero: Value = None) -> None:
        """Make one."""
        self.type = type_
        self.entries = entries
        self.zero = zero


class Nil:
    """A nil pointer of a type."""

    __slots__ = ("type",)

    def __init__(self, type_: str) -> None:
        """Make one."""
        self.type = type_


Value: TypeAlias = "str | bool | int | float | complex | Struct | Slice | Map | Nil | _Invalid | None"

_SCALARS: dict[type, str] = {
    bool: "bool", Byte: "uint8", int: "int", str: "string", float: "float64", complex: "complex128"
}  # fmt: skip

ANY_MAP: Final = "map[string]interface {}"
ANY_SLICE: Final = "[]interface {}"


def from_json(value: object) -> Value:
    """Return what Go decodes a JSON value to where it expects nothing in particular: all numbers are floats."""
    match value:
        case dict():
            return Map(ANY_MAP, {str(key): from_json(item) for key, item in value.items()})
        case list() | tuple():
            return Slice(ANY_SLICE, [from_json(item) for item in value])
        case bool() | str() | None:
            return value
        case int() | float():
            return float(value)
        case _:
            raise TypeError(f"{type(value).__name__} is not JSON")


def type_name(value: Value) -> str:
    """Return the name of a value's type, as Go prints it. Not for None and INVALID, which have none."""
    if isinstance(value, Struct):
        return f"*{value.type.name}" if value.pointer else value.type.name
    if isinstance(value, Slice | Map | Nil):
        return value.type
    return _SCALARS.get(type(value), "<nil>")


def is_true(value: Value) -> bool:
    """Return Go's truth of a value (exec.go, isTrue): a struct is always true, an empty collection never."""
    if isinstance(value, Slice):
        return bool(value.items)
    if isinstance(value, Map):
        return bool(value.entries)
    if isinstance(value, Nil):
        return False
    return bool(value)


def byte_length(text: str) -> int:
    """Return the number of bytes of a text, which is its length in Go."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))
