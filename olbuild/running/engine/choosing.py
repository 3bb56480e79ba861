"""The next token of one answer: the most probable one, or what a chain of samplers makes of all of them."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError
from olbuild.running.engine.sampler import Sampler
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.jobs import Constraint
from olbuild.running.options import Sampling

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Logits = npt.NDArray[np.float32]


class Candidates:
    """All tokens of a vocabulary with their logits, in memory that is allocated once for all answers.

    Args:
        llama: the bindings.
        size: number of tokens that exist.
    """

    def __init__(self, llama: ModuleType, size: int) -> None:
        """Allocate."""
        import numpy as np  # noqa: PLC0415 - costs 100 ms, which loading hides

        self._llama = llama
        self._ids = np.arange(size, dtype=np.int32)
        self._data = np.zeros(size, [("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        self._array = llama.llama_token_data_array()
        self._first = ctypes.cast(self._data.ctypes.data, ctypes.POINTER(llama.llama_token_data))

    def choose(self, chain: object, logits: Logits) -> int:
        """Return the token that a chain chooses; the chain is not told that it was taken.

        Samplers sort, cut and change the candidates, so they are laid out anew each time.
        """
        self._data["id"], self._data["logit"] = self._ids, logits
        array = self._array
        array.data, array.size, array.selected, array.sorted = self._first, len(self._ids), -1, False
        self._llama.llama_sampler_apply(chain, ctypes.byref(array))
        if not 0 <= array.selected < array.size:
            raise EngineError("llama.cpp chose no token")
        token: int = array.data[array.selected].id
        return token


class Chooser:
    """Chooses the tokens of one answer.

    Args:
        llama: the bindings.
        candidates: shared with all other answers of the thread.
        sampling: the wishes.
        context: size of the context in tokens, which ``repeat_last_n`` -1 stands for.
        prompt: tokens that the penalties look back on at the start.
        constraint: what the answer must look like.
        vocabulary: the model's.
    """

    def __init__(
        self,
        llama: ModuleType,
        candidates: Candidates,
        sampling: Sampling,
        *,
        context: int,
        prompt: Sequence[int],
        vocabulary: Vocabulary,
        constraint: Constraint | None = None,
    ) -> None:
        """Build the chain."""
        self._candidates, self._constraint, self._ends = candidates, constraint, vocabulary.ends
        self._sampler = Sampler(llama, sampling, context=context, vocabulary=vocabulary.size, prompt=prompt)
        self.seed = self._sampler.seed

    def choose(self, logits: Logits) -> int:
        """Return the next token.

        A constraint is asked about the token that would be chosen without it: most of the time it agrees, and the
        mask of the whole vocabulary is not needed.

        Raises:
            EngineError: if the constraint allows no token.
        """
        token = self._choose(logits)
        constraint = self._constraint
        if constraint is not None:
            if not constraint.allows(token):
                token = self._choose(_masked(logits, constraint.mask()))
            if not self._ends(token):
                constraint.accept(token)
        self._sampler.accept(token)
        return token

    @property
    def finished(self) -> bool:
        """Whether the constraint lets nothing follow."""
        return self._constraint is not None and self._constraint.finished

    def _choose(self, logits: Logits) -> int:
        if self._sampler.plain:
            return int(logits.argmax())
        return self._candidates.choose(self._sampler.chain, logits)

    def close(self) -> None:
        """Free the chain."""
        self._sampler.close()


def _masked(logits: Logits, mask: bytes | None) -> Logits:
    """Return logits with those of tokens that are not allowed at minus infinity."""
    import numpy as np  # noqa: PLC0415 - see above

    if mask is None:
        return logits
    allowed = np.unpackbits(np.frombuffer(mask, np.uint8), bitorder="little", count=len(logits)).view(bool)
    if not allowed.any():
        raise EngineError("the grammar of the answer allows no token here")
    return np.where(allowed, logits, np.float32(-np.inf))
