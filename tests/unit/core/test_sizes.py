"""Amounts of bytes as people write them."""

import pytest

from olbuild.core.sizes import parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1048576", 1 << 20),
        ("9GiB", 9 << 30),
        ("9 gib", 9 << 30),
        ("10GB", 10**10),
        ("1.5MiB", 3 << 19),
        ("0.1kB", 100),
        ("1.0000001kb", 1000),
        ("7B", 7),
        ("2TiB", 2 << 40),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GiB", "-1", "1e9", "9G", "9 PB", "1,5MB", "9GiB ", " 9GiB", "٣", "1" * 19, "none"]
)
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        parse_size(text)
