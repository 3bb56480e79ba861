"""A tiny GGUF writer for tests and benchmarks: exact, deterministic, without numpy, in constant memory.

It writes what it is told to, so that it can also write headers that lie.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from olbuild.artifact.weights.gguf.types import NUMBERS, TENSOR_TYPES, TensorType, ValueType
from olbuild.core.records import Frozen

Value: TypeAlias = "bool | int | float | str | Sequence[Value] | Typed"
"""A metadata value. The type follows from the Python value; ``Typed`` says another one."""

_BLOCK = 1 << 20
_ALIGNMENT = 32  # the format's default
_TYPES = {kind.name: kind for kind in TENSOR_TYPES.values()}


class Typed(Frozen):
    """A metadata value with its type said; for an array, ``element`` is the type of its elements."""

    type: ValueType
    value: bool | int | float | str | Sequence[Value]
    element: ValueType | None = None


class TensorSpec(Frozen):
    """A tensor to write. Its data are zeros, or with a seed bytes that follow from it."""

    name: str
    shape: tuple[int, ...]
    type: str = "F32"
    seed: int | None = None

    @property
    def kind(self) -> TensorType:
        """The tensor type of that name."""
        return _TYPES[self.type]

    @property
    def size(self) -> int:
        """How many bytes the data take."""
        elements = 1
        for dimension in self.shape:
            elements *= dimension
        return elements // self.kind.block * self.kind.size


def gguf_bytes(
    metadata: Mapping[str, Value], tensors: Sequence[TensorSpec] = (), *, version: int = 3, alignment: int = _ALIGNMENT
) -> bytes:
    """Return a whole GGUF file."""
    return b"".join(gguf_pieces(metadata, tensors, version=version, alignment=alignment))


def write_gguf(
    path: Path,
    metadata: Mapping[str, Value],
    tensors: Sequence[TensorSpec] = (),
    *,
    version: int = 3,
    alignment: int = _ALIGNMENT,
) -> Path:
    """Write a GGUF file of any size in constant memory; return its path."""
    with path.open("wb") as file:
        for piece in gguf_pieces(metadata, tensors, version=version, alignment=alignment):
            file.write(piece)
    return path


def write_sparse_gguf(path: Path, metadata: Mapping[str, Value], tensors: Sequence[TensorSpec] = ()) -> Path:
    """Write a GGUF file whose tensors are holes: it has its whole size, and takes a block or two of the disk."""
    header = header_bytes(metadata, tensors)
    end = len(header)
    for tensor in tensors:
        end += -end % _ALIGNMENT + tensor.size
    with path.open("wb") as file:
        file.write(header)
        file.truncate(end)
    return path


def gguf_pieces(
    metadata: Mapping[str, Value], tensors: Sequence[TensorSpec], *, version: int, alignment: int
) -> Iterator[bytes]:
    """Yield a GGUF file piece by piece, none larger than the header or 1 MiB."""
    header = header_bytes(metadata, tensors, version=version, alignment=alignment)
    yield header
    position = len(header)
    for tensor in tensors:
        padding = -position % alignment
        yield b"\0" * padding
        yield from _data(tensor)
        position += padding + tensor.size


def header_bytes(
    metadata: Mapping[str, Value], tensors: Sequence[TensorSpec] = (), *, version: int = 3, alignment: int = _ALIGNMENT
) -> bytes:
    """Return the header alone. An alignment other than 32 is added to the metadata."""
    entries = dict(metadata)
    if alignment != _ALIGNMENT:
        entries.setdefault("general.alignment", alignment)
    pieces = [b"GGUF", struct.pack("<IQQ", version, len(tensors), len(entries))]
    for key, value in entries.items():
        typed = _typed(value)
        pieces += [_text(key), struct.pack("<I", typed.type), _encode(typed)]
    offset = 0
    for tensor in tensors:
        offset += -offset % alignment
        pieces += [_text(tensor.name), struct.pack("<I", len(tensor.shape))]
        pieces += [struct.pack("<Q", dimension) for dimension in tensor.shape]
        pieces.append(struct.pack("<IQ", tensor.kind.number, offset))
        offset += tensor.size
    return b"".join(pieces)


def _typed(value: Value) -> Typed:
    match value:
        case Typed():
            return value
        case bool():
            return Typed(ValueType.BOOL, value)
        case int():
            if value < 0:
                return Typed(ValueType.INT32 if value >= -(1 << 31) else ValueType.INT64, value)
            return Typed(ValueType.UINT32 if value < 1 << 32 else ValueType.UINT64, value)
        case float():
            return Typed(ValueType.FLOAT32, value)
        case str():
            return Typed(ValueType.STRING, value)
    first = _typed(value[0]).type if value else ValueType.STRING
    return Typed(ValueType.ARRAY, value, ValueType.INT32 if first is ValueType.UINT32 else first)


def _encode(typed: Typed) -> bytes:
    value = typed.value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return NUMBERS[typed.type].pack(value)
    element = typed.element if typed.element is not None else ValueType.STRING
    head = struct.pack("<IQ", element, len(value))
    return head + b"".join(_encode(_as(element, item)) for item in value)


def _as(element: ValueType, item: Value) -> Typed:
    if isinstance(item, Typed):
        return item
    return _typed(item) if element is ValueType.ARRAY else Typed(element, item)


def _text(text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(data)) + data


def _data(tensor: TensorSpec) -> Iterator[bytes]:
    """Yield the data: one random block again and again, each time with its number in front, so that none repeats."""
    block = bytes(_BLOCK) if tensor.seed is None else random.Random(tensor.seed).randbytes(_BLOCK)  # noqa: S311
    for number, start in enumerate(range(0, tensor.size, _BLOCK)):
        size = min(_BLOCK, tensor.size - start)
        stamp = b"" if tensor.seed is None else struct.pack("<Q", number)
        yield (stamp + block[len(stamp) :])[:size]
