"""A mask on logits."""

import numpy as np

from olbuild.running.constraints.mask import forbid


def test_only_what_is_allowed_keeps_its_weight() -> None:
    logits = np.arange(11, dtype=np.float32)
    forbid(logits, bytes([0b10000001, 0b00000010]))
    assert [token for token in range(11) if logits[token] != -np.inf] == [0, 7, 9]
    assert logits[7] == 7
