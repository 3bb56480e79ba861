"""GGUF headers, read over ``read_at(offset, size)``, so that a file and a remote blob read alike.

The format: ggml, ``docs/gguf.md``. Stricter than it where llama.cpp is: what llama.cpp would refuse is refused here.
"""

from olbuild.artifact.weights.gguf.describe import describe
from olbuild.artifact.weights.gguf.header import Array, Header, Scalar, Split, Tensor
from olbuild.artifact.weights.gguf.kind import kind
from olbuild.artifact.weights.gguf.reader import is_gguf, read_header
from olbuild.artifact.weights.gguf.types import FILE_TYPES, TENSOR_TYPES, TensorType, ValueType

__all__ = [
    "FILE_TYPES",
    "TENSOR_TYPES",
    "Array",
    "Header",
    "Scalar",
    "Split",
    "Tensor",
    "TensorType",
    "ValueType",
    "describe",
    "is_gguf",
    "kind",
    "read_header",
]
