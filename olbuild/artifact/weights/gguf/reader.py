"""Read a GGUF header. Every count, length and offset is checked against the file before it is believed."""

from __future__ import annotations

from types import MappingProxyType
from typing import cast

from olbuild.artifact.weights.gguf.cursor import Cursor
from olbuild.artifact.weights.gguf.header import Array, Header, Scalar
from olbuild.artifact.weights.gguf.tensors import read_tensors
from olbuild.artifact.weights.gguf.types import NUMBERS, ValueType
from olbuild.core.content import Content
from olbuild.core.errors import FormatError

MAGIC = b"GGUF"

_OLDER_MAGICS = {b"lmgg", b"fmgg", b"tjgg", b"algg"}  # ggml, ggmf, ggjt, ggla: before August 2023
_DEFAULT_ALIGNMENT = 32
_LARGEST_ALIGNMENT = 1 << 20
_LONGEST_KEY = 65_535  # docs/gguf.md, "metadata_kv"
_LONGEST_TEXT = 16 << 20
_MOST_ENTRIES = 1 << 16
_MOST_ELEMENTS = 1 << 24  # strings and arrays that are walked over; the largest vocabularies have 2^18
_DEEPEST = 4

_SMALLEST = {**{kind: layout.size for kind, layout in NUMBERS.items()}, ValueType.STRING: 8, ValueType.ARRAY: 12}


def is_gguf(content: Content) -> bool:
    """Whether content begins as a GGUF file does. Reads four bytes."""
    return content.read_at(0, len(MAGIC)) == MAGIC


def read_header(content: Content, where: str) -> Header:
    """Read the header of a GGUF file, versions 2 and 3, in few and growing reads; ``where`` names the file in errors.

    Arrays are passed over; ``Header.array`` reads one when it is asked for. Texts that are not UTF-8 are read with
    replacement characters, because llama.cpp loads such files.

    Raises:
        FormatError: if it is not a GGUF header, or anything in it cannot be true of this file.
    """
    cursor = Cursor(content, where)
    version = _version(cursor)
    tensor_count = cursor.length("the number of tensors")
    entry_count = cursor.length("the number of metadata entries")
    if entry_count > _MOST_ENTRIES:
        raise cursor.fail(f"the header claims {entry_count} metadata entries, more than {_MOST_ENTRIES},", at=16)
    metadata, arrays, types = _read_metadata(cursor, entry_count)
    alignment = _alignment(metadata, arrays, where)
    tensors, data_offset = read_tensors(cursor, tensor_count, alignment)
    return Header(
        where=where,
        version=version,
        alignment=alignment,
        data_offset=data_offset,
        metadata=MappingProxyType(metadata),
        arrays=MappingProxyType(arrays),
        tensors=tensors,
        content=content,
        types=MappingProxyType(types),
    )


def _version(cursor: Cursor) -> int:
    if cursor.end < len(MAGIC):
        raise FormatError(f"{cursor.where}: not a GGUF file: it has only {cursor.end} bytes")
    start = cursor.need(len(MAGIC), "the magic number")
    magic = cursor.data[start : start + len(MAGIC)]
    if magic != MAGIC:
        raise FormatError(
            f"{cursor.where}: not a GGUF file: it begins with {magic!r}",
            hint="convert it with llama.cpp's convert_llama_ggml_to_gguf.py" if magic in _OLDER_MAGICS else None,
        )
    cursor.skip(len(MAGIC), "the magic number")
    version = cast("int", cursor.number(NUMBERS[ValueType.UINT32], "the version"))
    if version and not version & 0xFFFF:
        raise FormatError(
            f"{cursor.where}: a big-endian GGUF file, which olbuild does not read",
            hint="convert it with llama.cpp's gguf_convert_endian.py",
        )
    if version not in (2, 3):
        raise FormatError(
            f"{cursor.where}: GGUF version {version}; olbuild reads 2 and 3",
            hint="convert the model again with a current llama.cpp" if version < 2 else "a newer olbuild may read it",  # noqa: PLR2004
        )
    return version


def _read_metadata(cursor: Cursor, count: int) -> tuple[dict[str, Scalar], dict[str, Array], dict[str, ValueType]]:
    metadata: dict[str, Scalar] = {}
    arrays: dict[str, Array] = {}
    types: dict[str, ValueType] = {}
    budget = _MOST_ELEMENTS
    for number in range(count):
        begin = cursor.position
        raw = cursor.bytes(_LONGEST_KEY, f"the key of metadata entry {number}")
        try:
            key = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise cursor.fail(f"the key of metadata entry {number} is not UTF-8", at=begin) from None
        if key in metadata or key in arrays:
            raise cursor.fail(f"the key {key[:100]!r} stands twice; the second is", at=begin)
        kind = _kind(cursor, key)
        if kind is ValueType.ARRAY:
            arrays[key], budget = _read_array(cursor, key, budget)
            continue
        types[key] = kind
        if kind is ValueType.STRING:
            metadata[key] = cursor.bytes(_LONGEST_TEXT, key).decode("utf-8", "replace")
        else:
            metadata[key] = cursor.number(NUMBERS[kind], key)
    return metadata, arrays, types


def _kind(cursor: Cursor, key: str) -> ValueType:
    begin = cursor.position
    number = cast("int", cursor.number(NUMBERS[ValueType.UINT32], f"the type of {key[:100]}"))
    try:
        return ValueType(number)
    except ValueError:
        raise cursor.fail(f"{key[:100]!r} has the unknown type {number}", at=begin) from None


def _read_array(cursor: Cursor, key: str, budget: int, depth: int = 1) -> tuple[Array, int]:
    """Pass over an array; return its place, and how many more elements may be walked over in this header."""
    begin = cursor.position
    if depth > _DEEPEST:
        raise cursor.fail(f"{key[:100]!r} has arrays more than {_DEEPEST} deep")
    kind = _kind(cursor, key)
    count = cursor.length(f"the length of {key[:100]}")
    offset = cursor.position
    if count > (cursor.end - offset) // _SMALLEST[kind]:
        raise cursor.fail(f"{key[:100]!r} claims {count} elements, more than the file can hold,", at=begin)
    layout = NUMBERS.get(kind)
    if layout is not None:
        cursor.skip(count * layout.size, key)
        return Array(kind, count, offset, cursor.position - offset), budget
    budget -= count
    if budget < 0:
        raise cursor.fail(f"{key[:100]!r} takes the header over {_MOST_ELEMENTS} strings and arrays", at=begin)
    if kind is ValueType.STRING:
        cursor.skip_strings(count, key)
    else:
        for _ in range(count):
            _, budget = _read_array(cursor, key, budget, depth + 1)
    return Array(kind, count, offset, cursor.position - offset), budget


def _alignment(metadata: dict[str, Scalar], arrays: dict[str, Array], where: str) -> int:
    value = metadata.get("general.alignment", _DEFAULT_ALIGNMENT)
    if "general.alignment" in arrays or not isinstance(value, int) or isinstance(value, bool):
        raise FormatError(f"{where}: general.alignment is not a whole number")
    if not 0 < value <= _LARGEST_ALIGNMENT or value & (value - 1):
        raise FormatError(f"{where}: general.alignment is {value}, which is not a power of two up to 2^20")
    return value
