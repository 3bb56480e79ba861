"""Parts of split weights, fetched in place as one file: pieces of content are joined, and read at several places."""

import os
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.content import (
    BytesContent,
    Content,
    Descriptor,
    JoinedContent,
    RegionContent,
    WholeOnlyError,
    as_parallel,
)
from olbuild.storage.parts import BLOCK
from olbuild.storage.store import Store
from tests.unit.storage.parts.sources import Places, Remote

DATA = os.urandom(9 * BLOCK + 4321)
CUTS = (0, 3 * BLOCK - 7, 3 * BLOCK + 100, 8 * BLOCK, len(DATA))


def pieces(places: Places, *, ranges: bool = True) -> tuple[Remote, ...]:
    return tuple(Remote(DATA[start:end], ranges, parallel=places) for start, end in pairwise(CUTS))


def read(content: Content, offset: int, size: int) -> bytes:
    parallel = as_parallel(content)
    assert parallel is not None
    data, buffer = bytearray(), memoryview(bytearray(50_000))
    with parallel.open_part(offset, size) as reader:
        while count := reader.readinto(buffer):
            data += buffer[:count]
    return bytes(data)


@pytest.mark.parametrize("ranges", [True, False])
def test_pieces_from_afar_become_one_file(store: Store, *, ranges: bool) -> None:
    places = Places()
    joined = JoinedContent(pieces(places, ranges=ranges))
    assert joined.parallel is places
    blob = Descriptor.of("application/octet-stream", DATA)
    store.push(blob, joined)
    assert store.exists(blob)
    assert store.verify() == ()
    assert places.taken == 0


def test_pieces_are_gone_on_with(store: Store) -> None:
    def fault(offset: int) -> None:
        if offset > BLOCK:
            raise OSError("the line broke")

    blob, broken = Descriptor.of("application/octet-stream", DATA), pieces(Places())
    broken[2].fault = fault
    with pytest.raises(Exception, match="the line broke"):
        store.push(blob, JoinedContent(broken))
    whole = pieces(Places())
    store.push(blob, JoinedContent(whole))
    assert store.verify() == ()
    assert whole[0].sent == whole[1].sent == 0


@given(st.integers(0, len(DATA)), st.integers(0, len(DATA)))
def test_a_part_of_joined_pieces_is_that_part(offset: int, size: int) -> None:
    joined = JoinedContent(pieces(Places()))
    assert read(joined, offset, size) == DATA[offset : offset + size]
    start = min(offset, len(DATA))
    region = RegionContent(joined, start, len(DATA) - start)
    assert region.parallel is joined.parallel
    assert read(region, 5, size) == DATA[start + 5 :][:size]


def test_a_piece_that_has_no_ranges_says_so_when_it_is_read() -> None:
    joined = JoinedContent(pieces(Places(), ranges=False))
    with pytest.raises(WholeOnlyError):
        read(joined, 5, 10)
    assert read(joined, CUTS[1], 10) == DATA[CUTS[1] : CUTS[1] + 10]


def test_content_that_is_here_needs_no_company() -> None:
    here = BytesContent(b"here")
    assert as_parallel(here) is None
    assert as_parallel(JoinedContent((here, Remote(b"afar")))) is None
    assert as_parallel(RegionContent(here, 1, 2)) is None
    assert as_parallel(JoinedContent(())) is None
