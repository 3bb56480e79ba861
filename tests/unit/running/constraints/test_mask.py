"""A mask of tokens."""

from olbuild.running.constraints.mask import allowed_by


def test_a_mask_has_the_tokens_whose_bits_are_set() -> None:
    assert allowed_by(bytes([0b10000001, 0b11111010]), 11).tolist() == [0, 7, 9]
    assert allowed_by(bytes(2), 11).tolist() == []
