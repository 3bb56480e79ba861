"""What requests and events hold."""

import struct

from olbuild.running.requests import as_floats


def test_the_numbers_of_a_vector() -> None:
    assert as_floats(struct.pack("<3f", 1.0, -0.5, 0.25)) == [1.0, -0.5, 0.25]
    assert as_floats(b"") == []
