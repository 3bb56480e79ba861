"""The bases of records: classes that are nothing but their fields, made by msgspec.

A class that ``dataclasses`` makes costs as much time as the import of a small module, since its methods are written as
text and compiled; every command would pay for hundreds. Only a class whose fields need what msgspec does not have, such
as one that is not compared or must never be printed, is a dataclass.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from msgspec import Struct, field, structs

_T = TypeVar("_T")

if TYPE_CHECKING:
    from dataclasses import replace  # the same, and mypy knows the fields
else:

    def replace(record: _T, /, **changes: object) -> _T:
        """Return a record with some other fields; it may be a dataclass as well."""
        if isinstance(record, Struct):
            return structs.replace(record, **changes)
        return dataclasses.replace(record, **changes)


__all__ = ["Frozen", "Mutable", "replace"]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Frozen(Struct, frozen=True):
    """A record that never changes: equal to one of the same class and fields, and hashable if all of these are."""


@dataclass_transform(field_specifiers=(field,))
class Mutable(Struct):
    """A record whose fields change."""
