"""A decoder of a tiny model of each kind of memory, so exact that what should be equal is."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from olbuild.core.records import replace
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.weights import Weights
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.steps import Feed, Step
from tests.languages import Architecture, write_language_model

Kind = Literal["all", "windows", "short windows", "positions", "states", "both", "convolutions", "both and windows"]

WINDOW = 16
TOLERANCE = 2e-3  # of logits of about 2; what is wrong differs by several. Gemma's activation is a table of 16 bits.
PLACEMENT = Placement(
    context=512, parallel=4, cells=2048, batch=64, outputs=64, cache_k="f32", cache_v="f32", flash_attention=False
)
_ARCHITECTURES: dict[Kind, tuple[Architecture, int]] = {
    "all": ("llama", 0),
    "windows": ("gemma3", WINDOW),
    "short windows": ("gemma3", WINDOW),
    "positions": ("qwen2vl", 0),
    "states": ("mamba", 0),
    "both": ("jamba", 0),
    "convolutions": ("lfm2", 0),
    "both and windows": ("lfm2", WINDOW),
}
KINDS: tuple[Kind, ...] = tuple(_ARCHITECTURES)
STATES: tuple[Kind, ...] = ("states", "both", "convolutions", "both and windows")
"""Kinds of which only whole sequences can go on."""


def prompt(length: int, seed: int = 0) -> tuple[int, ...]:
    """Return tokens that mean nothing."""
    return tuple(np.random.default_rng(seed).integers(0, 250, length).tolist())


class Tiny:
    """A model, and contexts of it."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        """Write it."""
        architecture, window = _ARCHITECTURES[kind]
        self.kind = kind
        self.path = write_language_model(folder / "model.gguf", architecture, window=window)
        self.stop = StopFlag()
        self._weights: list[Weights] = []
        self._known: dict[tuple[int, ...], npt.NDArray[np.float32]] = {}

    def placement(self, **changes: object) -> Placement:
        """Return a placement with changes."""
        return replace(PLACEMENT, **{"full_window": self.kind != "short windows", **changes})  # type: ignore[arg-type]

    def decoder(self, **changes: object) -> Decoder:
        """Return a context, which the caller closes."""
        placement = self.placement(**changes)
        self._weights.append(Weights([self.path], (), LoadOptions(), placement, self.stop, lambda _fraction: None))
        return Decoder(self._weights[-1], placement, self.stop)

    def close(self) -> None:
        """Free the weights."""
        for weights in self._weights:
            weights.close()

    def each(self, tokens: Sequence[int]) -> npt.NDArray[np.float32]:
        """Return what follows each of some tokens in a context of their own, where they are read one by one."""
        key = tuple(tokens)
        if key not in self._known:
            with closing(self.decoder(parallel=1, first=0, cells=512)) as decoder:
                steps = [Step(feeds=(Feed(0, 0, place, (token,), 1),)) for place, token in enumerate(key)]
                self._known[key] = np.stack([decoder.apply(step)[0].copy() for step in steps])
        return self._known[key]

    def differs(self, logits: npt.NDArray[Any], tokens: Sequence[int]) -> float:
        """Return by how much logits differ from what follows some tokens."""
        return float(np.abs(logits - self.each(tokens)[-1]).max())


def read(decoder: Decoder, sequence: int, tokens: Sequence[int], position: int = 0) -> npt.NDArray[np.float32]:
    """Evaluate tokens in a sequence, in steps as large as they can be; return what follows the last one."""
    size = decoder.room.batch
    for start in range(0, len(tokens), size):
        part = tuple(tokens[start : start + size])
        logits = decoder.apply(Step(feeds=(Feed(sequence, sequence, position + start, part, 1),)))
    row: npt.NDArray[np.float32] = logits[0].copy()
    return row
