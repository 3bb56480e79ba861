"""Text from a registry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.storage.registry.words import decimal, escaped, shown_address, without_user


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1_0", "1.0", "١٢", "²", "9" * 20, "9" * 5000])
def test_what_is_no_number_of_bytes(text: str) -> None:
    assert decimal(text) is None


@given(st.integers(0, 2**63))
def test_numbers_of_bytes(number: int) -> None:
    assert decimal(str(number)) == number


@given(st.binary())
def test_an_escaped_address_is_one_of_printable_ascii(raw: bytes) -> None:
    address = escaped(raw.decode("latin-1"))
    assert address.isascii()
    assert address.isprintable()
    assert " " not in address
    assert escaped(address) == address


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:secret@cdn.example:8443/x@y?sig=secret#secret", "https://cdn.example:8443/x@y"),
        ("https://cdn.example/x", "https://cdn.example/x"),
        ("//ada@[bad", "//[bad"),
    ],
)
def test_shown_addresses(url: str, shown: str) -> None:
    assert shown_address(url) == shown


def test_a_user_is_taken_out_of_a_sentence() -> None:
    assert without_user("Failed to parse: http://ada:sec ret@host:99999") == "Failed to parse: http://host:99999"
