"""Canonical JSON, descriptors, verification and graphs."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.content import (
    BytesContent,
    Descriptor,
    Verifier,
    canonical_json,
    decode_json,
    read_verified,
    successors,
)
from olbuild.core.errors import FormatError, IntegrityError
from olbuild.core.names import Digest, MediaType

# A whole float beyond 2^53 is printed with its shortest digits, and Python reads those as another integer.
floats = st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: abs(value) < 2**53 or value > 1e21)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values.filter(lambda value: "\\ud" not in json.dumps(value)))
def test_canonical_json_reads_back_and_is_stable(value: object) -> None:
    data = canonical_json(value)
    assert json.loads(data) == value
    assert canonical_json(json.loads(data)) == data


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (-0.0, "0"), (0.7, "0.7"), (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-6, "0.000001"),
        (1e-7, "1e-7"), (1.5e300, "1.5e+300"), (5e-324, "5e-324"), (123456.789, "123456.789"), (-2.5e-8, "-2.5e-8"),
        (333333333.33333329, "333333333.3333333"), ({"b": 1, "a": [True, None]}, '{"a":[true,null],"b":1}'),
        ("é\n\u2028", '"é\\n\u2028"'),
    ],
)  # fmt: skip
def test_canonical_forms(value: object, text: str) -> None:
    assert canonical_json(value).decode() == text


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b"NaN", b'"\x00'])
def test_bad_json_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="the manifest"):
        decode_json(data, "the manifest")


@pytest.mark.parametrize(
    "document",
    [
        None, [], {}, {"mediaType": 1}, {"mediaType": "x", "digest": "sha256:x", "size": 1},
        {"mediaType": "x", "digest": "sha256:" + "a" * 64, "size": -1},
        {"mediaType": "x", "digest": "sha256:" + "a" * 64, "size": True},
        {"mediaType": "x", "digest": "sha256:" + "a" * 64, "size": 1 << 64},
        {"mediaType": "x", "digest": "sha256:" + "a" * 64, "size": 1, "annotations": {"a": 1}},
    ],
)  # fmt: skip
def test_bad_descriptors_are_refused(document: object) -> None:
    with pytest.raises(FormatError):
        Descriptor.from_json(document, "layers[0]")  # type: ignore[arg-type]


def test_a_descriptor_prints_as_it_was_read() -> None:
    descriptor = Descriptor.of("text/plain", b"hello", title="x")
    assert Descriptor.from_json(descriptor.to_json(), "here") == descriptor


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_only_the_right_bytes_pass(right: bytes, given_bytes: bytes) -> None:
    descriptor = Descriptor.of("x", right)
    if right == given_bytes:
        assert read_verified(BytesContent(given_bytes), descriptor, "here") == right
    else:
        with pytest.raises(IntegrityError):
            read_verified(BytesContent(given_bytes), descriptor, "here")


def test_the_verifier_stops_at_the_first_byte_too_many() -> None:
    verifier = Verifier(Descriptor.of("x", b"12345"), "here")
    verifier.update(b"12345")
    with pytest.raises(IntegrityError, match="more than the 5 bytes"):
        verifier.update(b"6")


def test_a_manifest_names_its_config_and_layers_in_order() -> None:
    config, layer = Descriptor.of("c", b"c"), Descriptor.of("l", b"l")
    data = canonical_json({"schemaVersion": 2, "config": config.to_json(), "layers": [layer.to_json()]})
    root = Descriptor.of(MediaType.OCI_MANIFEST, data)
    assert successors(root, data, "here") == (config, layer)


def test_a_manifest_of_another_type_than_announced_is_refused() -> None:
    data = canonical_json({"mediaType": MediaType.OCI_INDEX, "config": {}, "layers": []})
    with pytest.raises(FormatError, match="announced"):
        successors(Descriptor.of(MediaType.OCI_MANIFEST, data), data, "here")


def test_digest_of_bytes() -> None:
    assert Digest.of(b"abc").short == "ba7816bf8f01"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":"\\ud800"}', "half a character"),
        (b"9" * 5000, "a number has 5000 digits"),
        (b'{"a":1e999}', "a number is too large"),
        (b'"\xff"', "it is not UTF-8: byte 1 is 0xff"),
        (b"[" * 100_000, "nested too deeply"),
    ],
    ids=["surrogate", "digits", "infinity", "bytes", "depth"],
)
def test_bad_json_is_told_in_words_and_not_in_pythons(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason) as raised:
        decode_json(data, "the manifest")
    assert not any(word in raised.value.message for word in ("codec", "sys.", "surrogates not allowed"))
