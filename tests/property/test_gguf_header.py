"""The header reader, whatever bytes it gets: it never reads past the end, and fails in one way only."""

import struct
from functools import cache

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from olbuild.artifact.weights.gguf import Header, ValueType, describe, kind, read_header
from olbuild.artifact.weights.gguf.cursor import Cursor
from olbuild.core.errors import FormatError
from olbuild.testing.gguf import TensorSpec, Typed, Value, gguf_bytes
from olbuild.testing.models import (
    adapter_bytes,
    model_bytes,
    model_tensors,
    projector_bytes,
    shard_bytes,
    vocabulary_metadata,
)
from tests.unit.artifact.contents import WatchedContent
from tests.unit.artifact.test_gguf_header import LORA


@cache
def _real() -> tuple[bytes, ...]:
    vocabulary = gguf_bytes(vocabulary_metadata(20), model_tensors())
    lora = LORA.read_bytes()[: 64 << 10]  # its whole header, and the data cut off
    return (model_bytes(), adapter_bytes(), projector_bytes(), shard_bytes()[1], vocabulary, lora)


reals = st.sampled_from(_real())


def _try(data: bytes) -> Header | None:
    """Read a header, and everything that a header can be asked. ``WatchedContent`` fails on a read past the end."""
    try:
        header = read_header(WatchedContent(data), "x")
        describe([header])
        for key in header.arrays:
            header.array(key)
        kind(header)
    except FormatError:
        return None
    assert header.data_offset <= len(data) or not header.tensors
    assert all(tensor.offset + tensor.size <= len(data) for tensor in header.tensors)
    assert all(place.offset + place.size <= len(data) for place in header.arrays.values())
    return header


@given(st.binary(max_size=300))
@example(b"")
def test_random_bytes(data: bytes) -> None:
    assert _try(data) is None or data.startswith(b"GGUF")


@given(st.binary(max_size=300), st.integers(0, 4), st.integers(0, 5), st.integers(0, 5))
def test_random_bytes_behind_a_plausible_beginning(data: bytes, version: int, tensors: int, entries: int) -> None:
    _try(b"GGUF" + struct.pack("<IQQ", version, tensors, entries) + data)


@given(reals, st.integers(0, 4096))
def test_a_truncated_file_is_refused(data: bytes, keep: int) -> None:
    if keep < len(data):
        assert _try(data[:keep]) is None


@given(reals, st.lists(st.tuples(st.integers(0, 2048), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes(data: bytes, changes: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for position, value in changes:
        changed[position % min(len(changed), 2048)] = value
    _try(bytes(changed))


@given(reals, st.integers(0, 2048), st.sampled_from([0, 1, 31, 2**31, 2**32 - 1, 2**60, 2**63 - 1, 2**63, 2**64 - 1]))
def test_numbers_that_lie(data: bytes, position: int, number: int) -> None:
    position %= min(len(data), 2048) - 8
    _try(data[:position] + struct.pack("<Q", number) + data[position + 8 :])


@given(reals, st.integers(0, 2048), st.integers(0, 64), st.binary(max_size=64))
def test_bytes_that_are_missing_or_too_many(data: bytes, position: int, removed: int, added: bytes) -> None:
    position %= min(len(data), 2048)
    _try(data[:position] + added + data[position + removed :])


scalars: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(width=32, allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
arrays: st.SearchStrategy[Value] = st.one_of(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), max_size=9).map(
        lambda items: Typed(ValueType.ARRAY, items, ValueType.STRING)
    ),
    st.lists(st.integers(0, 255), max_size=9).map(lambda items: Typed(ValueType.ARRAY, items, ValueType.UINT8)),
    st.lists(st.booleans(), max_size=9).map(lambda items: Typed(ValueType.ARRAY, items, ValueType.BOOL)),
)
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=16)


@given(
    st.dictionaries(names.filter(lambda name: name != "general.alignment"), st.one_of(scalars, arrays), max_size=8),
    st.lists(names, max_size=4, unique=True),
    st.sampled_from([8, 32, 256]),
    st.sampled_from([2, 3]),
)
def test_what_is_written_is_read(metadata: dict[str, Value], tensors: list[str], alignment: int, version: int) -> None:
    specs = [TensorSpec(name, (32, index), "Q8_0") for index, name in enumerate(tensors)]
    data = gguf_bytes(metadata, specs, alignment=alignment, version=version)
    header = read_header(WatchedContent(data), "x")
    found = {**header.metadata, **{key: header.array(key) for key in header.arrays}}
    found.pop("general.alignment", None)
    expected = {key: tuple(value.value) if isinstance(value, Typed) else value for key, value in metadata.items()}  # type: ignore[arg-type]
    assert found == expected
    assert [(tensor.name, tensor.shape) for tensor in header.tensors] == [(spec.name, spec.shape) for spec in specs]
    assert header.alignment == alignment
    assert all(tensor.offset % alignment == 0 for tensor in header.tensors)


@given(
    sizes=st.lists(
        st.sampled_from([0, 1, 5, 63, 64, 65, 300]).flatmap(lambda size: st.lists(st.just(size), max_size=70)),
        max_size=6,
    ),
    end=st.floats(0, 1),
)
def test_strings_are_passed_over_to_their_end(sizes: list[list[int]], end: float) -> None:
    """Short ones many at once, long ones one by one; and of a file that ends within them it is said."""
    strings = [bytes(size) for group in sizes for size in group]
    data = b"".join(struct.pack("<Q", len(string)) + string for string in strings)
    cursor = Cursor(WatchedContent(data + b"more"), "x")
    cursor.skip_strings(len(strings), "strings")
    assert cursor.position == len(data)
    cut = data[: int(end * len(data))]
    if len(cut) < len(data):
        with pytest.raises(FormatError):
            Cursor(WatchedContent(cut), "x").skip_strings(len(strings), "strings")
