"""Regions of content, and pieces of content as one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.content import BytesContent, Content, FileContent, JoinedContent, RegionContent

PIECES = st.lists(st.binary(max_size=40), max_size=6)
PLACE = st.tuples(st.integers(0, 200), st.integers(0, 200))


def drain(content: Content, offset: int = 0, size: int | None = None, block: int = 7) -> bytes:
    data, buffer = bytearray(), memoryview(bytearray(block))
    with content.open(offset, size) as reader:
        while count := reader.readinto(buffer):
            data += buffer[:count]
    return bytes(data)


@given(PIECES, PLACE)
def test_joined_content_reads_like_its_bytes(pieces: list[bytes], place: tuple[int, int]) -> None:
    whole, (offset, size) = b"".join(pieces), place
    content = JoinedContent(tuple(BytesContent(piece) for piece in pieces))
    assert content.size == len(whole)
    assert drain(content) == whole
    assert drain(content, offset) == whole[offset:]
    assert drain(content, offset, size) == content.read_at(offset, size) == whole[offset : offset + size]


@given(st.binary(max_size=90), PLACE, PLACE)
def test_a_region_reads_like_its_bytes(data: bytes, cut: tuple[int, int], place: tuple[int, int]) -> None:
    start = min(cut[0], len(data))
    length = min(cut[1], len(data) - start)
    part, (offset, size) = data[start : start + length], place
    region = RegionContent(BytesContent(data), start, length)
    assert region.size == len(part)
    assert drain(region, offset) == part[offset:]
    assert drain(region, offset, size) == region.read_at(offset, size) == part[offset : offset + size]


def test_a_part_of_a_file_is_read_and_no_more(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(range(100)))
    content = FileContent.of(file)
    assert drain(content, 10, 20) == bytes(range(10, 30))
    assert drain(content, 90, 20) == bytes(range(90, 100))
    assert drain(content, 10, 0) == b""


def test_a_region_outside_of_the_content_is_refused() -> None:
    with pytest.raises(ValueError, match="not inside"):
        RegionContent(BytesContent(b"four"), 2, 3)


def test_a_piece_that_ends_early_ends_everything(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    shrunk = FileContent(file, 8)
    assert drain(JoinedContent((shrunk, BytesContent(b"rest")))) == b"12345"
