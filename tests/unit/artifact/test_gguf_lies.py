"""Headers that lie: each is a FormatError that says what is wrong and at which byte, without a large allocation."""

import struct
import tracemalloc

import pytest

from olbuild.artifact.weights.gguf import ValueType, read_header
from olbuild.core.errors import FormatError
from olbuild.testing.gguf import TensorSpec, Typed, gguf_bytes, header_bytes
from tests.unit.artifact.contents import WatchedContent

HUGE = 1 << 60


def _head(tensors: int, entries: int, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, entries)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


def _tensor(name: str = "t", shape: tuple[int, ...] = (32,), kind: int = 0, offset: int = 0) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return _text(name) + dimensions + struct.pack("<IQ", kind, offset)


def _array(kind: int, count: int) -> bytes:
    return _text("a") + struct.pack("<IIQ", ValueType.ARRAY, kind, count)


LIES = {
    "empty": (b"", "has only 0 bytes"),
    "short": (b"GGU", "has only 3 bytes"),
    "other magic": (b"PK\x03\x04" + bytes(60), r"it begins with b'PK\\x03\\x04'"),
    "older magic": (b"tjgg" + bytes(60), "it begins with b'tjgg'"),
    "version 1": (_head(0, 0, 1), "GGUF version 1; olbuild reads 2 and 3"),
    "version 4": (_head(0, 0, 4), "GGUF version 4"),
    "version 0": (_head(0, 0, 0), "GGUF version 0"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
    "ends in the counts": (_head(0, 0)[:20], "inside the number of metadata entries that begins at byte 16"),
    "2^60 tensors": (_head(HUGE, 0), f"{HUGE} tensors.* at byte 8"),
    "2^60 entries": (_head(0, HUGE), f"{HUGE} metadata entries.* at byte 16"),
    "an entry too many": (_head(0, 1), "the key of metadata entry 0 that begins at byte 24"),
    "key of 2^60 bytes": (_head(0, 1) + struct.pack("<Q", HUGE), f"claims {HUGE} bytes.* at byte 24"),
    "key beyond the end": (_head(0, 1) + struct.pack("<Q", 100) + b"abc", "ends after 35 bytes"),
    "key that is not UTF-8": (_head(0, 1) + struct.pack("<Q", 1) + b"\xff" + bytes(8), "entry 0 is not UTF-8"),
    "unknown value type": (_head(0, 1) + _text("a") + struct.pack("<I", 13), "'a' has the unknown type 13 at byte 33"),
    "value beyond the end": (_head(0, 1) + _text("a") + struct.pack("<I", 4), "inside a that begins at byte 37"),
    "text of 2^60 bytes": (
        _head(0, 1) + _text("a") + struct.pack("<IQ", ValueType.STRING, HUGE),
        f"a claims {HUGE} bytes",
    ),
    "array of 2^60 numbers": (_head(0, 1) + _array(4, HUGE), f"'a' claims {HUGE} elements.* at byte 37"),
    "array of 2^60 texts": (_head(0, 1) + _array(8, HUGE), f"'a' claims {HUGE} elements"),
    "array of 2^60 arrays": (_head(0, 1) + _array(9, HUGE), f"'a' claims {HUGE} elements"),
    "array of an unknown type": (_head(0, 1) + _array(99, 0), "'a' has the unknown type 99"),
    "text in an array of 2^60 bytes": (
        _head(0, 1) + _array(8, 1) + struct.pack("<Q", HUGE),
        "a string in a reaches past the end of the file",
    ),
    "text in an array of 2^64-1 bytes": (
        _head(0, 1) + _array(8, 2) + struct.pack("<QQ", 2**64 - 1, 0),
        "a string in a reaches past the end of the file",
    ),
    "last text in an array beyond the end": (
        _head(0, 1) + _array(8, 1) + struct.pack("<Q", 3) + b"ab",
        "a string in a reaches past the end of the file, to byte 60",
    ),
    "arrays in arrays in arrays": (
        _head(0, 1) + _array(9, 1) + struct.pack("<IQ", 9, 1) * 20 + bytes(100),
        "more than 4 deep",
    ),
    "key twice": (header_bytes({"a": 1, "b": 1}).replace(_text("b"), _text("a")), "'a' stands twice"),
    "alignment 0": (gguf_bytes({"general.alignment": 0}), "general.alignment is 0"),
    "alignment 24": (gguf_bytes({"general.alignment": 24}), "general.alignment is 24"),
    "alignment 2^31": (gguf_bytes({"general.alignment": 1 << 31}), "power of two"),
    "alignment text": (gguf_bytes({"general.alignment": "32"}), "general.alignment is not a whole number"),
    "alignment list": (gguf_bytes({"general.alignment": [32]}), "general.alignment is not a whole number"),
    "tensor name of 2^60 bytes": (_head(1, 0) + struct.pack("<Q", HUGE) + bytes(99), "the name of tensor 0 claims"),
    "tensor name too long": (_head(1, 0) + _tensor("n" * 65) + bytes(200), "claims 65 bytes, more than 64"),
    "tensor name not UTF-8": (_head(1, 0) + struct.pack("<Q", 1) + b"\xff" + bytes(99), "tensor 0 is not UTF-8"),
    "five dimensions": (_head(1, 0) + _tensor(shape=(1, 1, 1, 1, 1)) + bytes(99), "has 5 dimensions"),
    "2^60 dimensions": (_head(1, 0) + _text("t") + b"\xff" * 4 + bytes(99), "has 4294967295 dimensions"),
    "2^120 elements": (_head(1, 0) + _tensor(shape=(HUGE, HUGE)) + bytes(99), "more than 2.63 elements"),
    "2^60 elements": (_head(1, 0) + _tensor(shape=(HUGE,)) + bytes(99), "needs the bytes up to"),
    "removed tensor type": (_head(1, 0) + _tensor(kind=4) + bytes(999), "unknown type 4"),
    "tensor type of a fork": (_head(1, 0) + _tensor(kind=140) + bytes(999), "unknown type 140"),
    "half a block": (
        _head(1, 0) + _tensor(shape=(33,), kind=8) + bytes(999),
        "rows of 33 elements.*32 in a block of Q8_0",
    ),
    "no row for a block": (_head(1, 0) + _tensor(shape=(), kind=8) + bytes(999), "rows of 1 elements"),
    "offset out of line": (_head(1, 0) + _tensor(offset=4) + bytes(999), "offset 4 of tensor 't' breaks the alignment"),
    "offset of 2^60": (_head(1, 0) + _tensor(offset=HUGE) + bytes(999), "needs the bytes up to"),
    "offset of 2^64-32": (_head(1, 0) + _tensor(offset=2**64 - 32) + bytes(999), "needs the bytes up to"),
    "truncated data": (gguf_bytes({}, [TensorSpec("t", (64,))])[:-1], "and the file has .* at byte 24"),
    "tensor twice": (_head(2, 0) + _tensor() + _tensor(offset=128) + bytes(999), "'t' stands twice"),
    "overlap": (_head(2, 0) + _tensor() + _tensor("u", offset=32) + bytes(999), "'t' and 'u' overlap"),
    "tensor beyond the end": (
        _head(2, 0) + _tensor() + bytes(20),
        "inside the description|inside the name|tensors, more",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_with_its_reason(lie: str) -> None:
    data, reason = LIES[lie]
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=reason) as caught:
            read_header(WatchedContent(data), "bad.gguf")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.message.startswith("bad.gguf")
    assert peak < 4 << 20


@pytest.mark.parametrize("lie", ["2^60 tensors", "2^60 entries", "array of 2^60 texts", "text of 2^60 bytes"])
def test_a_lie_is_refused_in_a_huge_file_too(lie: str) -> None:
    data, _ = LIES[lie]
    content = WatchedContent(data, claimed=1 << 62)  # the file is large enough for the lie
    with pytest.raises(FormatError):
        read_header(content, "sparse.gguf")
    assert sum(size for _, size in content.reads) < 1 << 20


def test_the_number_of_strings_in_a_header_is_bounded() -> None:
    """A terabyte of empty strings would otherwise be walked for hours."""
    content = WatchedContent(_head(0, 1) + _array(8, 1 << 25), claimed=1 << 40)
    with pytest.raises(FormatError, match="takes the header over 16777216 strings"):
        read_header(content, "sparse.gguf")


def test_text_of_an_array_may_be_long_and_is_passed_over() -> None:
    data = gguf_bytes({"a": Typed(ValueType.ARRAY, ["x" * (3 << 20), "y"], ValueType.STRING), "b": "c"})
    content = WatchedContent(data)
    assert read_header(content, "m").metadata == {"b": "c"}
    assert sum(size for _, size in content.reads) < 2 << 20
