"""A model that llama.cpp loads in a moment and that knows nothing: for tests of what stands around a model."""

from __future__ import annotations

from pathlib import Path

from olbuild.artifact.weights.gguf.types import ValueType
from olbuild.testing.gguf import TensorSpec, Typed, Value, write_gguf

_WIDTH, _HEADS, _INNER, _CONTEXT = 32, 2, 32, 256
_SPECIAL = ("<unk>", "<s>", "</s>")
_MARKS = {"pre": "<PRE>", "suf": "<SUF>", "mid": "<MID>"}
_UNKNOWN, _CONTROL, _BYTE = 2, 3, 6
"""Types of tokens (llama.h, enum llama_token_type)."""


def write_runnable_model(path: Path, *, infills: bool = False) -> Path:
    """Write a model of the architecture llama with one block, all zeros, and a vocabulary of the bytes; 80 kB.

    Args:
        path: the file.
        infills: also with tokens for filling in the middle, which come last.
    """
    marks = _MARKS if infills else {}
    tokens = [*_SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), *marks.values()]
    metadata: dict[str, Value] = {
        "general.architecture": "llama",
        "general.name": "runnable",
        "llama.block_count": 1,
        "llama.context_length": _CONTEXT,
        "llama.embedding_length": _WIDTH,
        "llama.feed_forward_length": _INNER,
        "llama.attention.head_count": _HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": _WIDTH // _HEADS,
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.scores": Typed(ValueType.ARRAY, [0.0] * len(tokens), ValueType.FLOAT32),
        "tokenizer.ggml.token_type": [_UNKNOWN, _CONTROL, _CONTROL, *[_BYTE] * 256, *[_CONTROL] * len(marks)],
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_space_prefix": not infills,
        **{f"tokenizer.ggml.fim_{name}_token_id": tokens.index(mark) for name, mark in marks.items()},
    }
    square, block = (_WIDTH, _WIDTH), "blk.0."
    shapes = {
        "token_embd": (_WIDTH, len(tokens)),
        **{f"{block}{name}": square for name in ("attn_q", "attn_k", "attn_v", "attn_output")},
        **{f"{block}{name}": (_WIDTH, _INNER) for name in ("ffn_gate", "ffn_up")},
        f"{block}ffn_down": (_INNER, _WIDTH),
        **dict.fromkeys((f"{block}attn_norm", f"{block}ffn_norm", "output_norm"), (_WIDTH,)),
    }
    return write_gguf(path, metadata, [TensorSpec(f"{name}.weight", shape) for name, shape in shapes.items()])
