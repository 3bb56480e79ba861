"""Encodings, and what cannot be decoded; the counts of U+FFFD are those of golang.org/x/text."""

import codecs

import pytest

from olbuild.language.modelfile.decode import decode

TEXT = "FROM test\n\tSYSTEM 你好👋"


@pytest.mark.parametrize(
    "data",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides(data: bytes | str) -> None:
    assert decode(data) == TEXT


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\xffb", "a\ufffdb"),
        (b"a\xe2\x82b", "a\ufffdb"),
        (b"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"),
        (b"a\xf4\x90\x80\x80b", "a\ufffd\ufffd\ufffd\ufffdb"),
        (codecs.BOM_UTF8 + b"a\xe2\x82b", "a\ufffd\ufffdb"),
        (b"\xff\xfea", "\ufffd"),
        (b"\xff\xfea\x00b", "a\ufffd"),
        (b"\xff\xfe\x00\xd8a\x00", "\ufffda"),
        (b"\xff\xfe\x00\xdc\x00\xdca\x00", "\ufffda"),
        (b"\xff\xfe\x00\xdc\x00\xdc\x00\xdc", "\ufffd\ufffd"),
        (b"\xfe\xff\xd8\x3d\xdc\x4b", "👋"),
        (b"F\x00R\x00", "F\x00R\x00"),
        (b"\xff\xfe", ""),
        (b"", ""),
        ("a\udc80b", "a\ufffdb"),
    ],
)
def test_what_cannot_be_decoded_is_replaced(data: bytes | str, text: str) -> None:
    assert decode(data) == text
