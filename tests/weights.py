"""Random weights in the shapes that llama.cpp wants, so that it loads and evaluates them, and a vocabulary of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt


class Maker:
    """Writes random tensors; shapes are numpy's, which are llama.cpp's backwards."""

    def __init__(self, path: Path, architecture: str, seed: int) -> None:
        self.writer: Any = gguf.GGUFWriter(path, architecture)
        self._random = np.random.default_rng(seed)

    def matrix(self, name: str, *shape: int, scale: float = 0.25) -> None:
        self.add(name, self._random.normal(0, scale, shape))

    def ones(self, name: str, size: int) -> None:
        self.add(name, np.ones(size))

    def add(self, name: str, numbers: npt.NDArray[np.floating[Any]]) -> None:
        self.writer.add_tensor(name, numbers.astype(np.float32))

    def finish(self) -> None:
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def write_vocabulary(writer: Any, special: Sequence[str] = ()) -> int:  # noqa: ANN401 - of a package without types
    """Write a vocabulary of bytes, two merges, and special tokens beside those of the ends; return its size."""
    plain = [*_byte_letters(), "th", "ĊĊ"]
    control = ["<s>", "</s>", *special]
    tokens = [*plain, *control]
    types = [gguf.TokenType.NORMAL] * len(plain) + [gguf.TokenType.CONTROL] * len(control)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(["t h", "Ċ Ċ"])
    writer.add_bos_token_id(tokens.index("<s>"))
    writer.add_eos_token_id(tokens.index("</s>"))
    writer.add_add_bos_token(value=True)
    return len(tokens)


def _byte_letters() -> Sequence[str]:
    """Return GPT-2's letter for each byte."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    letters = {byte: chr(byte) for byte in shown} | {byte: chr(256 + place) for place, byte in enumerate(hidden)}
    return [letters[byte] for byte in range(256)]
