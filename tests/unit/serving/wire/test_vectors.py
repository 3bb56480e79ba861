"""Vectors on the wire."""

import base64
import struct

from olbuild.serving.wire.vectors import as_base64

VECTOR = struct.pack("<3f", 1.0, -0.5, 0.25)


def test_base64_is_the_bytes() -> None:
    assert base64.b64decode(as_base64(VECTOR)) == VECTOR
