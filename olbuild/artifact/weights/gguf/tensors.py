"""The tensor table of a GGUF header: names, shapes, types, and that every tensor lies inside the file."""

from __future__ import annotations

import math
import struct

from olbuild.artifact.weights.gguf.cursor import Cursor
from olbuild.artifact.weights.gguf.header import Tensor
from olbuild.artifact.weights.gguf.types import TENSOR_TYPES, TensorType

_MOST_TENSORS = 1 << 18
_LONGEST_NAME = 64  # docs/gguf.md, "tensor_info"
_MOST_DIMENSIONS = 4  # GGML_MAX_DIMS
_MOST_ELEMENTS = (1 << 63) - 1
_SMALLEST_ENTRY = 8 + 4 + 4 + 8  # a tensor without a name and without dimensions

_COUNT = struct.Struct("<I")
_SHAPES = tuple(struct.Struct(f"<{dimensions}Q") for dimensions in range(_MOST_DIMENSIONS + 1))
_PLACE = struct.Struct("<IQ")  # type and offset


def read_tensors(cursor: Cursor, count: int, alignment: int) -> tuple[tuple[Tensor, ...], int]:
    """Read the table at the cursor; return it and the offset at which tensor data begins.

    Raises:
        FormatError: if an entry cannot be true of this file.
    """
    if count > min(_MOST_TENSORS, (cursor.end - cursor.position) // _SMALLEST_ENTRY):
        raise cursor.fail(f"the header claims {count} tensors, more than the file or olbuild can hold,", at=8)
    entries = [_read_entry(cursor, number) for number in range(count)]
    data_offset = -(-cursor.position // alignment) * alignment
    tensors: list[Tensor] = []
    names: set[str] = set()
    for name, shape, kind, offset, begin in entries:
        if name in names:
            raise cursor.fail(f"the tensor {name!r} stands twice; the second is", at=begin)
        names.add(name)
        if offset % alignment:
            raise cursor.fail(f"the data offset {offset} of tensor {name!r} breaks the alignment {alignment}", at=begin)
        elements = math.prod(shape)
        size = elements // kind.block * kind.size
        if size > cursor.end - data_offset - offset:
            raise cursor.fail(
                f"tensor {name!r} needs the bytes up to {data_offset + offset + size}, and the file has {cursor.end}; "
                "it is described",
                at=begin,
                hint="the file is truncated or its header lies; get it again and compare its digest",
            )
        tensors.append(Tensor(name, shape, kind, elements, data_offset + offset, size))
    _refuse_overlaps(cursor, tensors)
    return tuple(tensors), data_offset


def _read_entry(cursor: Cursor, number: int) -> tuple[str, tuple[int, ...], TensorType, int, int]:
    begin = cursor.position
    raw = cursor.bytes(_LONGEST_NAME, f"the name of tensor {number}")
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise cursor.fail(f"the name of tensor {number} is not UTF-8", at=begin) from None
    what = f"the description of tensor {name!r}"
    start = cursor.need(4, what)
    dimensions: int = _COUNT.unpack_from(cursor.data, start)[0]
    if dimensions > _MOST_DIMENSIONS:
        raise cursor.fail(f"tensor {name!r} has {dimensions} dimensions, more than {_MOST_DIMENSIONS},", at=begin)
    cursor.position += 4
    layout = _SHAPES[dimensions]
    start = cursor.need(layout.size + _PLACE.size, what)
    shape: tuple[int, ...] = layout.unpack_from(cursor.data, start)
    type_number, offset = _PLACE.unpack_from(cursor.data, start + layout.size)
    cursor.position += layout.size + _PLACE.size
    kind = TENSOR_TYPES.get(type_number)
    if kind is None:
        raise cursor.fail(
            f"tensor {name!r} has the unknown type {type_number}",
            at=begin,
            hint="the file needs a newer olbuild, or was made by a fork of llama.cpp",
        )
    if math.prod(shape) > _MOST_ELEMENTS:
        raise cursor.fail(f"tensor {name!r} claims more than 2^63 elements", at=begin)
    if kind.block > 1 and (not shape or shape[0] % kind.block):
        raise cursor.fail(
            f"tensor {name!r} has rows of {shape[0] if shape else 1} elements, no multiple of the {kind.block} in a "
            f"block of {kind.name}",
            at=begin,
        )
    return name, shape, kind, offset, begin


def _refuse_overlaps(cursor: Cursor, tensors: list[Tensor]) -> None:
    previous: Tensor | None = None
    for tensor in sorted(tensors, key=lambda tensor: (tensor.offset, tensor.size)):
        if previous is not None and tensor.offset < previous.offset + previous.size:
            raise cursor.fail(f"the tensors {previous.name!r} and {tensor.name!r} overlap", at=tensor.offset)
        previous = tensor
