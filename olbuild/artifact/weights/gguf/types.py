"""The type tables of GGUF: metadata values, tensor types and file types, as of llama.cpp 0.5."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from struct import Struct
from types import MappingProxyType

from olbuild.core.records import Frozen


class ValueType(IntEnum):
    """The type of a metadata value (``gguf_type`` in ggml's ``gguf.h``)."""

    UINT8 = 0
    INT8 = 1
    UINT16 = 2
    INT16 = 3
    UINT32 = 4
    INT32 = 5
    FLOAT32 = 6
    BOOL = 7
    STRING = 8
    ARRAY = 9
    UINT64 = 10
    INT64 = 11
    FLOAT64 = 12


NUMBERS: Mapping[int, Struct] = MappingProxyType(
    {
        ValueType.UINT8: Struct("<B"),
        ValueType.INT8: Struct("<b"),
        ValueType.UINT16: Struct("<H"),
        ValueType.INT16: Struct("<h"),
        ValueType.UINT32: Struct("<I"),
        ValueType.INT32: Struct("<i"),
        ValueType.FLOAT32: Struct("<f"),
        ValueType.BOOL: Struct("<?"),
        ValueType.UINT64: Struct("<Q"),
        ValueType.INT64: Struct("<q"),
        ValueType.FLOAT64: Struct("<d"),
    }
)
"""How values of a fixed size are laid out: little-endian."""


class TensorType(Frozen):
    """A tensor type (``ggml_type`` in ``ggml.h``): ``size`` bytes hold one block of ``block`` elements."""

    number: int
    name: str
    block: int
    size: int


TENSOR_TYPES: Mapping[int, TensorType] = MappingProxyType(
    {
        number: TensorType(number, name, block, size)
        for number, name, block, size in (
            (0, "F32", 1, 4),
            (1, "F16", 1, 2),
            (2, "Q4_0", 32, 18),
            (3, "Q4_1", 32, 20),
            (6, "Q5_0", 32, 22),
            (7, "Q5_1", 32, 24),
            (8, "Q8_0", 32, 34),
            (9, "Q8_1", 32, 36),  # 40 in the gguf package; never stored in files, so that nobody noticed
            (10, "Q2_K", 256, 84),
            (11, "Q3_K", 256, 110),
            (12, "Q4_K", 256, 144),
            (13, "Q5_K", 256, 176),
            (14, "Q6_K", 256, 210),
            (15, "Q8_K", 256, 292),
            (16, "IQ2_XXS", 256, 66),
            (17, "IQ2_XS", 256, 74),
            (18, "IQ3_XXS", 256, 98),
            (19, "IQ1_S", 256, 50),
            (20, "IQ4_NL", 32, 18),
            (21, "IQ3_S", 256, 110),
            (22, "IQ2_S", 256, 82),
            (23, "IQ4_XS", 256, 136),
            (24, "I8", 1, 1),
            (25, "I16", 1, 2),
            (26, "I32", 1, 4),
            (27, "I64", 1, 8),
            (28, "F64", 1, 8),
            (29, "IQ1_M", 256, 56),
            (30, "BF16", 1, 2),
            (34, "TQ1_0", 256, 54),
            (35, "TQ2_0", 256, 66),
            (39, "MXFP4", 32, 17),
            (40, "NVFP4", 64, 36),
            (41, "Q1_0", 128, 18),
            (42, "Q2_0", 64, 18),
        )
    }
)
"""Every tensor type that a file may hold, by its number. The missing numbers were removed from llama.cpp."""

FILE_TYPES: Mapping[int, str] = MappingProxyType(
    {
        0: "F32",
        1: "F16",
        2: "Q4_0",
        3: "Q4_1",
        7: "Q8_0",
        8: "Q5_0",
        9: "Q5_1",
        10: "Q2_K",
        11: "Q3_K_S",
        12: "Q3_K_M",
        13: "Q3_K_L",
        14: "Q4_K_S",
        15: "Q4_K_M",
        16: "Q5_K_S",
        17: "Q5_K_M",
        18: "Q6_K",
        19: "IQ2_XXS",
        20: "IQ2_XS",
        21: "Q2_K_S",
        22: "IQ3_XS",
        23: "IQ3_XXS",
        24: "IQ1_S",
        25: "IQ4_NL",
        26: "IQ3_S",
        27: "IQ3_M",
        28: "IQ2_S",
        29: "IQ2_M",
        30: "IQ4_XS",
        31: "IQ1_M",
        32: "BF16",
        36: "TQ1_0",
        37: "TQ2_0",
        38: "MXFP4_MOE",
        39: "NVFP4",
        40: "Q1_0",
        41: "Q2_0",
    }
)
"""What ``general.file_type`` says (``llama_ftype`` in ``llama.h``), without llama.cpp's prefix ``MOSTLY_``."""

GUESSED_FILE_TYPE = 1024
"""Bit that llama.cpp sets in a file type that it derived from the tensors."""
