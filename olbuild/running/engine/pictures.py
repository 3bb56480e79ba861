"""What the header of an image's file says, before a decoder in C sees the file: its kind, and how large it becomes.

A few bytes can stand for many gigabytes of pixels, and libmtmd takes whatever it does not know for a video, for which
it starts other programs. So only kinds that it decodes itself reach it, and only in sizes that memory has room for.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from olbuild.core.errors import UnsupportedError, UsageError

MOST_BYTES = 32 << 20
MOST_PIXELS = 1 << 26
"""A decoder takes three bytes for each."""

MOST_STRETCH = 100
"""How many times as long as wide it may be, or the other way round; of more, projectors make nothing."""

_MOST_SIDE = 1 << 16
_MARKER = 0xFF  # begins each segment of a JPEG, and may stand there several times
_KINDS = "PNG, JPEG, GIF or BMP"
# Start of frame, with the size in it: all kinds of JPEG, without the tables whose markers lie between them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length

Size = tuple[int, int]


def check_picture(data: bytes) -> Size:
    """Return the width and height of an image, in pixels.

    Raises:
        UsageError: if it is of no kind that can be read, cut off in its header, or too large.
        UnsupportedError: if it is sound.
    """
    if len(data) > MOST_BYTES:
        raise UsageError(f"it has {len(data):,} bytes, and {MOST_BYTES:,} are the most")
    try:
        width, height = _reader(data)(data)
    except (struct.error, IndexError):
        raise UsageError("it ends within its header") from None
    if not (0 < width <= _MOST_SIDE and 0 < height <= _MOST_SIDE) or width * height > MOST_PIXELS:
        raise UsageError(f"it has {width} x {height} pixels, and {MOST_PIXELS:,} are the most")
    if max(width, height) > MOST_STRETCH * min(width, height):
        raise UsageError(f"it has {width} x {height} pixels, and may be {MOST_STRETCH} times as long as wide")
    return width, height


def _reader(data: bytes) -> Callable[[bytes], Size]:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png
    if data.startswith(b"\xff\xd8"):
        return _jpeg
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _gif
    if data.startswith(b"BM"):
        return _bmp
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        raise UsageError(f"it is WebP, which the engine cannot read: send {_KINDS}")
    if data.startswith((b"ID3", b"fLaC")) or (data.startswith(b"RIFF") and data[8:12] == b"WAVE"):
        raise UnsupportedError("it is sound, which is not supported yet", capability="audio")
    raise UsageError(f"it is not {_KINDS}")


def _png(data: bytes) -> Size:
    if data[12:16] != b"IHDR":
        raise IndexError
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> Size:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> Size:
    (size,) = struct.unpack_from("<I", data, 14)
    if size == 12:  # noqa: PLR2004 - OS/2's header, with short numbers
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)  # a negative one says that the first line is the top


def _jpeg(data: bytes) -> Size:
    """Walk the segments up to the frame."""
    place = 2
    while True:
        if data[place] != _MARKER:
            raise IndexError
        while data[place] == _MARKER:
            place += 1
        marker = data[place]
        place += 1
        if marker in _BARE:
            continue
        (length,) = struct.unpack_from(">H", data, place)
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 3)
            return width, height
        if length < 2:  # noqa: PLR2004 - it counts itself
            raise IndexError
        place += length
