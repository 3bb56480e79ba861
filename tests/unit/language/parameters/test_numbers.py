"""Values in Go's syntax. What is expected here was printed by Go 1.26's strconv and x/mod/semver."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.language.parameters.numbers import parse_bool, parse_float32, parse_int, parse_version


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0", 0), ("-0", 0), ("+3", 3), ("04", 4), ("-5", -5), ("0" * 5000 + "1", 1)),
        *((str(2**63 - 1), 2**63 - 1), (str(-(2**63)), -(2**63))),
    ],
)
def test_integers(text: str, value: int) -> None:
    assert parse_int(text) == value


@pytest.mark.parametrize(
    "text",
    ["", "+", "1.5", "8k", "0x10", "1_000", " 1", "1 ", "--1", "\u0661", str(2**63), str(-(2**63) - 1), "9" * 5000],
)
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match=r"whole number|64 bits"):
        parse_int(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("0.7", 0.7), ("1", 1), ("+0.3", 0.3), (".5", 0.5), ("5.", 5), ("1e-3", 0.001), ("1_0.5", 10.5)),
        *(("0x1p-2", 0.25), ("0x_1p1", 2), ("0x1_2p1", 36), ("1e1_0", 1e10), ("1e-50", 0), ("1e-99999999999", 0)),
        *(("0.1000000000000000001", 0.1), ("16777217", 16777216), ("3.4028235e38", 3.4028235e38)),
        # Between two 32-bit numbers, and so near to the middle that 64 bits cannot tell.
        *(("1.000000059604644775390625", 1), ("1.0000000596046447753906250000000001", 1.0000001)),
        *(("0x1.000001p0", 1), ("0x1.0000010000000000000001p0", 1.0000001)),
        ("340282356779733661637539395458142568447", 3.4028235e38),
    ],
)
def test_floats(text: str, value: float) -> None:
    assert parse_float32(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "0,5", "abc", "0.1 0.2", "1__0", "_1", "1_", "1_.5", "1._5", "1_e1", "1e_1", "1e", "0x1", "0x.p1"),
        *("0x1_p1", "0b1p1", "\u0661", "1e39", "-1e39", "3.4028236e38", "0x1p128", "1e99999999999"),
        *("NaN", "nan", "inf", "-Inf", "+infinity", "340282356779733661637539395458142568448"),
    ],
)
def test_what_is_no_float_that_json_can_carry(text: str) -> None:
    with pytest.raises(ValueError, match=r"number|32 bits|underscore|JSON"):
        parse_float32(text)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_is_the_shortest_decimal_of_its_32_bits(number: float) -> None:
    parsed = parse_float32(repr(number))
    assert struct.pack("<f", parsed) == struct.pack("<f", number)
    assert len(repr(parsed)) <= len(repr(number))


@pytest.mark.parametrize("text", ["1", "t", "T", "TRUE", "true", "True"])
def test_true(text: str) -> None:
    assert parse_bool(text) is True


@pytest.mark.parametrize("text", ["0", "f", "F", "FALSE", "false", "False"])
def test_false(text: str) -> None:
    assert parse_bool(text) is False


@pytest.mark.parametrize("text", ["", "yes", "tRUE", "on", "2", "true "])
def test_neither(text: str) -> None:
    with pytest.raises(ValueError, match="neither"):
        parse_bool(text)


@pytest.mark.parametrize(
    ("text", "version"),
    [("0.14.0", "0.14.0"), ("v0.1", "0.1"), ("1", "1"), ("0.14.0-rc1", "0.14.0-rc1"), ("1.2.3+01", "1.2.3+01"),
     ("1.2.3-0a.-+b-.c", "1.2.3-0a.-+b-.c")],
)  # fmt: skip
def test_versions(text: str, version: str) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    "text",
    ["", "v", "vv1", "V1", "abc", "01.2.3", "1.02", "1.2.3.4", "1.2-rc", "1.2+b", "1.2.3-", "1.2.3-01", "1.2.3-a..b",
     "1.2.3+", "1.2.3+a+b", "1.2.3 ", "1.2.\u0663"],
)  # fmt: skip
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match="semantic version"):
        parse_version(text)
