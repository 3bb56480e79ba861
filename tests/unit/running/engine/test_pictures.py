"""Sizes of images, as their headers say them, and what never reaches a decoder."""

import struct
import zlib

import pytest

from olbuild.core.errors import UnsupportedError, UsageError
from olbuild.running.engine.pictures import MOST_BYTES, check_picture


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + zlib.compress(b"")


def jpeg(width: int, height: int, *, before: bytes = b"\xff\xe0\x00\x04ab", frame: int = 0xC0) -> bytes:
    size = struct.pack(">HBHH", 11, 8, height, width)
    return b"\xff\xd8" + before + b"\xff\xff" + bytes([frame]) + size


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height)


def bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<Iii", 40, width, height)


def old_bmp(width: int, height: int) -> bytes:
    return b"BM" + bytes(12) + struct.pack("<IHH", 12, width, height)


@pytest.mark.parametrize("make", [png, jpeg, gif, bmp, old_bmp])
def test_sizes(make: object) -> None:
    assert check_picture(make(640, 480)) == (640, 480)  # type: ignore[operator]


def test_kinds_of_jpeg() -> None:
    assert check_picture(jpeg(30, 20, frame=0xC2)) == (30, 20)
    tables = b"\xff\xc4\x00\x03x" + b"\xff\xd0" + b"\xff\xdb\x00\x02"
    assert check_picture(jpeg(30, 20, before=tables)) == (30, 20)


def test_a_bmp_may_stand_on_its_head() -> None:
    assert check_picture(bmp(30, -20)) == (30, 20)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not PNG"),
        (b"hello", "is not PNG"),
        (b"<svg/>", "is not PNG"),
        (b"\0\0\0 ftypisom", "is not PNG"),  # a video
        (b"RIFF\0\0\0\0WEBPVP8 ", "is WebP"),
        (png(1, 1)[:20], "within its header"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIDAT" + bytes(20), "within its header"),
        (b"\xff\xd8", "within its header"),
        (b"\xff\xd8\xff\xe0\x00\x00", "within its header"),
        (b"\xff\xd8" + b"\xff" * 100, "within its header"),
        (b"\xff\xd8ab", "within its header"),
        (png(0, 5), "0 x 5 pixels"),
        (bmp(-5, 5), "-5 x 5 pixels"),
        (png(60_000, 60_000), "60000 x 60000 pixels"),
        (png(1 << 31, 1), "pixels"),
        (png(1000, 1), "times as long"),
        (png(1, 1) + bytes(MOST_BYTES), "bytes"),
    ],
)
def test_what_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        check_picture(data)


@pytest.mark.parametrize("data", [b"ID3\x04", b"fLaC", b"RIFF\0\0\0\0WAVEfmt "])
def test_sound_is_named(data: bytes) -> None:
    with pytest.raises(UnsupportedError, match="sound"):
        check_picture(data)
