"""The next token of one answer: the most probable one, or what samplers choose, as far as its grammar allows it."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError
from olbuild.running.engine.candidates import Candidates
from olbuild.running.engine.sampler import Sampler
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.jobs import Constraint
from olbuild.running.options import Sampling

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Logits = npt.NDArray[np.float32]
    Tokens = npt.NDArray[np.intp]


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
                token = self._choose(logits, self._allowed(constraint, len(logits)))
            if not self._ends(token):
                constraint.accept(token)
        self._sampler.accept(token)
        return token

    @property
    def finished(self) -> bool:
        """Whether the constraint lets nothing follow."""
        return self._constraint is not None and self._constraint.finished

    @property
    def forced(self) -> Sequence[int]:
        """Tokens that nearly surely come next, because the constraint has no other text."""
        return self._constraint.forced() if self._constraint is not None else ()

    def _choose(self, logits: Logits, among: Tokens | None = None) -> int:
        if not self._sampler.plain:
            return self._candidates.choose(self._sampler.chain, logits, among)
        return int(logits.argmax()) if among is None else int(among[logits[among].argmax()])

    @staticmethod
    def _allowed(constraint: Constraint, size: int) -> Tokens | None:
        """Return the tokens that a constraint allows; ``None`` is all."""
        from olbuild.running.constraints.mask import allowed_by  # noqa: PLC0415 - loads numpy

        mask = constraint.mask()
        allowed = None if mask is None else allowed_by(mask, size)
        if allowed is not None and not len(allowed):
            raise EngineError("the grammar of the answer allows no token here")
        return allowed

    def close(self) -> None:
        """Free the chain."""
        self._sampler.close()
