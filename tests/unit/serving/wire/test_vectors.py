"""Vectors on the wire."""

import base64
import struct

from olbuild.serving.wire.vectors import as_base64, as_floats

VECTOR = struct.pack("<3f", 1.0, -0.5, 0.25)


def test_both_forms_are_the_same_numbers() -> None:
    assert as_floats(VECTOR) == [1.0, -0.5, 0.25]
    assert base64.b64decode(as_base64(VECTOR)) == VECTOR
