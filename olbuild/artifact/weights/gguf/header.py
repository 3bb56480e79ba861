"""What a GGUF header says: frozen values. Sizes and offsets are in bytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from olbuild.artifact.weights.gguf.types import NUMBERS, TensorType, ValueType
from olbuild.core.content import Content
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen

Scalar: TypeAlias = int | float | bool | str
"""A metadata value that is not an array."""

_LARGEST_ARRAY = 256 << 20  # the largest vocabulary in use is about 10 MB


class Array(Frozen):
    """Where an array of metadata is: ``size`` bytes at ``offset`` of the file hold ``count`` elements."""

    type: ValueType
    count: int
    offset: int
    size: int


class Tensor(Frozen):
    """One tensor. ``shape`` has the fastest dimension first; ``offset`` counts from the start of the file."""

    name: str
    shape: tuple[int, ...]
    type: TensorType
    elements: int
    offset: int
    size: int


class Split(Frozen, kw_only=True):
    """Place of a file in a model of several files. ``number`` counts from 0, ``tensors`` is the sum over all files."""

    number: int
    count: int
    tensors: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The header of one GGUF file. ``where`` names the file in messages.

    ``metadata`` holds the values that are not arrays, ``arrays`` the places of those that are, both in file order.
    ``types`` are the types of the former.
    """

    where: str
    version: int
    alignment: int
    data_offset: int
    metadata: Mapping[str, Scalar] = field(hash=False)
    arrays: Mapping[str, Array] = field(hash=False)
    tensors: tuple[Tensor, ...]
    content: Content = field(compare=False, repr=False)
    types: Mapping[str, ValueType] = field(default_factory=dict, hash=False, repr=False)

    def array(self, key: str) -> tuple[Scalar, ...] | None:
        """Read the elements of an array, or return ``None`` if there is none of that name.

        Raises:
            FormatError: if it is an array of arrays, or too large to be read.
        """
        place = self.arrays.get(key)
        if place is None:
            return None
        if place.type is ValueType.ARRAY or place.size > _LARGEST_ARRAY:
            raise FormatError(f"{self.where}: the array {key} is nested or larger than {_LARGEST_ARRAY} bytes")
        data = self.content.read_at(place.offset, place.size)
        if len(data) != place.size:
            raise FormatError(f"{self.where}: the file ends inside the array {key} at byte {place.offset}")
        if place.type is ValueType.STRING:
            return _texts(data, place.count)
        return tuple(value for (value,) in NUMBERS[place.type].iter_unpack(data))

    def text(self, key: str) -> str | None:
        """Return a metadata value that must be text, or ``None`` if there is none.

        Raises:
            FormatError: if it is something else.
        """
        value = self.metadata.get(key)
        if key in self.arrays or not (value is None or isinstance(value, str)):
            raise FormatError(f"{self.where}: {key} is not text")
        return value

    def integer(self, key: str) -> int | None:
        """Return a metadata value that must be a whole number, or ``None`` if there is none.

        Raises:
            FormatError: if it is something else.
        """
        value = self.metadata.get(key)
        if key in self.arrays or not (value is None or (isinstance(value, int) and not isinstance(value, bool))):
            raise FormatError(f"{self.where}: {key} is not a whole number")
        return value

    @property
    def architecture(self) -> str | None:
        """What llama.cpp calls the model's architecture: ``general.architecture``."""
        return self.text("general.architecture")

    @property
    def split(self) -> Split | None:
        """The place of this file in its model, or ``None`` if the file is a whole model.

        Raises:
            FormatError: if the numbers cannot be.
        """
        count = self.integer("split.count")
        if count is None or count == 0:
            return None
        number = self.integer("split.no") or 0
        tensors = self.integer("split.tensors.count")
        if count < 0 or not 0 <= number < count or (tensors is not None and tensors < 0):
            raise FormatError(f"{self.where}: the header says part {number + 1} of {count}, which cannot be")
        return None if count == 1 else Split(number=number, count=count, tensors=tensors)


def _texts(data: bytes, count: int) -> tuple[str, ...]:
    unpack = struct.Struct("<Q").unpack_from
    texts: list[str] = []
    position = 0
    for _ in range(count):
        start = position + 8
        position = start + unpack(data, position)[0]
        texts.append(data[start:position].decode("utf-8", "replace"))
    return tuple(texts)
