"""The one form of a scale."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.scale import format_scale, parse_scale


@pytest.mark.parametrize(
    ("text", "value", "form"),
    [
        ("0.8", 0.8, "0.8"), ("1", 1.0, "1"), ("+1.50", 1.5, "1.5"), (".5", 0.5, "0.5"), ("2.", 2.0, "2"),
        ("-0", 0.0, "0"), ("-.25", -0.25, "-0.25"), ("1000", 1000.0, "1000"), ("0.000001", 1e-6, "0.000001"),
    ],
)  # fmt: skip
def test_forms(text: str, value: float, form: str) -> None:
    assert parse_scale(text) == value
    assert format_scale(parse_scale(text)) == form


@pytest.mark.parametrize("text", ["", ".", "-", "1e3", "nan", "inf", "0x1", "1_0", " 1", "1000.1", "0.0000001", "٣"])
def test_what_is_no_scale(text: str) -> None:
    with pytest.raises(ValueError, match="it "):
        parse_scale(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e9, 1e-7, 1 / 3])
def test_what_cannot_be_written(value: float) -> None:
    with pytest.raises(ValueError, match="it "):
        format_scale(value)


@given(st.integers(-(10**9), 10**9))
def test_what_is_written_reads_back(millionths: int) -> None:
    value = millionths / 10**6
    assert parse_scale(format_scale(value)) == value
