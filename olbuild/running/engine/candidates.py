"""The tokens that may come next, and what a chain of samplers makes of them."""

from __future__ import annotations

import ctypes
from types import ModuleType
from typing import TYPE_CHECKING

from olbuild.core.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Logits = npt.NDArray[np.float32]
    Tokens = npt.NDArray[np.intp]


class Candidates:
    """Tokens of a vocabulary with their logits, in memory that is allocated once for all answers.

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

    def choose(self, chain: object, logits: Logits, among: Tokens | None = None) -> int:
        """Return the token that a chain chooses; the chain is not told that it was taken.

        Samplers sort, cut and change the candidates, so they are laid out anew each time.

        Args:
            chain: the chain.
            logits: of all tokens.
            among: the tokens that may be chosen, at least one; ``None`` is all.
        """
        count = len(self._ids) if among is None else len(among)
        data = self._data[:count]
        data["id"], data["logit"] = (self._ids, logits) if among is None else (among, logits[among])
        array = self._array
        array.data, array.size, array.selected, array.sorted = self._first, count, -1, False
        self._llama.llama_sampler_apply(chain, ctypes.byref(array))
        if not 0 <= array.selected < array.size:
            raise EngineError("llama.cpp chose no token")
        token: int = array.data[array.selected].id
        return token
