"""Which tensors llama.cpp keeps in an order of its own for the processor, in memory besides the file's.

The rules are those of ``ggml/src/ggml-cpu/repack.cpp`` and ``amx/common.h``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from olbuild.running.memory.shape import Piece

_AMX = frozenset({"Q4_0", "Q4_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS"})
_AMX_ROWS = 32
_AVX2: Mapping[str, int] = MappingProxyType({"Q4_0": 8, "Q4_K": 8, "IQ4_NL": 8, "MXFP4": 8})
_NEON: Mapping[str, int] = MappingProxyType({"Q4_0": 4, "Q4_K": 8, "Q5_K": 8, "Q6_K": 8, "Q8_0": 4})
_NEON_DOTPROD: Mapping[str, int] = MappingProxyType({"IQ4_NL": 4, "MXFP4": 4})
_MATRIX, _EXPERTS = 2, 3


def is_repacked(piece: Piece, features: frozenset[str], *, matrix: bool = True) -> bool:
    """Whether a processor with some abilities has its own order for a tensor.

    Args:
        piece: the tensor.
        features: in ggml's words, those of the build included: ``AVX2``, ``REPACK``.
        matrix: whether something is multiplied with it; of other tensors only rows are read.
    """
    tensor = piece.tensor
    if not matrix or len(tensor.shape) not in (_MATRIX, _EXPERTS) or not tensor.name.endswith(".weight"):
        return False
    kind, rows = tensor.type.name, tensor.shape[1]
    if "AMX_INT8" in features and kind in _AMX and rows % _AMX_ROWS == 0 and len(tensor.shape) == _MATRIX:
        return True
    multiple = _multiple(kind, features) if "REPACK" in features else 0
    return bool(multiple) and rows % multiple == 0


def _multiple(kind: str, features: frozenset[str]) -> int:
    """Return what the number of rows must be a multiple of; 0 if there is no such order."""
    if "AVX2" in features:
        return 8 if kind == "Q2_K" and "AVX512" in features else _AVX2.get(kind, 0)
    if "NEON" in features and features & {"MATMUL_INT8", "DOTPROD"}:
        return _NEON.get(kind, 0) or (_NEON_DOTPROD.get(kind, 0) if "DOTPROD" in features else 0)
    return 0
