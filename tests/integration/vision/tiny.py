"""Tiny models that see: random weights in the shapes that llama.cpp wants, so that it loads and evaluates them.

Nothing they say means anything. But the same tokens and the same image give the same answer, and others give another
one, which is what the tests need.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import gguf
import numpy as np
import numpy.typing as npt

Kind = Literal["idefics3", "gemma3", "qwen2vl"]
"""A projector: idefics3 cuts images into tiles, gemma3's tokens of one image see each other, qwen2vl has M-RoPE."""

Numbers = npt.NDArray[np.float32]

_WIDTH, _HEADS, _LAYERS, _FORWARD, _CONTEXT = 64, 4, 2, 128, 4096
_SPECIAL = [
    "<s>",
    "</s>",
    "<fake_token_around_image>",
    "<global-img>",
    "<start_of_image>",
    "<end_of_image>",
    "<|vision_start|>",
    "<|vision_end|>",
]
_ARCHITECTURES: Mapping[Kind, str] = {"idefics3": "llama", "gemma3": "gemma3", "qwen2vl": "qwen2vl"}


@dataclass(frozen=True, slots=True)
class Seeing:
    """The two files of a model."""

    weights: Path
    projector: Path


def write_models(folder: Path, kind: Kind) -> Seeing:
    """Write a language model and its projector."""
    return Seeing(_language_model(folder / "model.gguf", kind), _projector(folder / "mmproj.gguf", kind))


def png(width: int, height: int, seed: int) -> bytes:
    """Return a picture of coarse random colours."""
    colours = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    rows = np.linspace(0, 3.99, height).astype(int)
    columns = np.linspace(0, 3.99, width).astype(int)
    pixels = colours[rows][:, columns]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    )


class _Maker:
    """Writes random tensors; shapes are numpy's, which are llama.cpp's backwards."""

    def __init__(self, path: Path, architecture: str, seed: int) -> None:
        self.writer: Any = gguf.GGUFWriter(path, architecture)
        self._random = np.random.default_rng(seed)

    def matrix(self, name: str, *shape: int, scale: float = 0.25) -> None:
        self._add(name, self._random.normal(0, scale, shape).astype(np.float32))

    def ones(self, name: str, size: int) -> None:
        self._add(name, np.ones(size, np.float32))

    def _add(self, name: str, numbers: Numbers) -> None:
        self.writer.add_tensor(name, numbers)

    def finish(self) -> None:
        self.writer.write_header_to_file()
        self.writer.write_kv_data_to_file()
        self.writer.write_tensors_to_file()
        self.writer.close()


def _vocabulary(writer: Any) -> int:  # noqa: ANN401 - of a package without types
    """Write a vocabulary of bytes, one merge, and the special tokens; return its size."""
    plain = [*_byte_letters(), "th", "ĊĊ"]
    tokens = [*plain, *_SPECIAL]
    types = [gguf.TokenType.NORMAL] * len(plain) + [gguf.TokenType.CONTROL] * len(_SPECIAL)
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


def _language_model(path: Path, kind: Kind) -> Path:
    architecture = _ARCHITECTURES[kind]
    maker = _Maker(path, architecture, seed=1)
    writer = maker.writer
    writer.add_context_length(_CONTEXT)
    writer.add_embedding_length(_WIDTH)
    writer.add_block_count(_LAYERS)
    writer.add_feed_forward_length(_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    size = _WIDTH // _HEADS
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_rope_dimension_count(size)
    if kind == "qwen2vl":
        writer.add_rope_dimension_sections([size // 8, size // 8 + 1, size // 8 + 1, 0])
    count = _vocabulary(writer)
    writer.add_vocab_size(count)
    # gemma3 makes tokens eight times as large, which nothing that a layer adds could change.
    maker.matrix("token_embd.weight", count, _WIDTH, scale=0.125 if kind == "gemma3" else 1)
    maker.matrix("output.weight", count, _WIDTH)
    maker.ones("output_norm.weight", _WIDTH)
    for layer in range(_LAYERS):
        _block(maker, f"blk.{layer}.", kind)
    maker.finish()
    return path


def _block(maker: _Maker, block: str, kind: Kind) -> None:
    for name in ("attn_norm", "ffn_norm"):
        maker.ones(f"{block}{name}.weight", _WIDTH)
    if kind == "gemma3":
        for name in ("post_attention_norm", "post_ffw_norm"):
            maker.ones(f"{block}{name}.weight", _WIDTH)
        for name in ("attn_q_norm", "attn_k_norm"):
            maker.ones(f"{block}{name}.weight", _WIDTH // _HEADS)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        maker.matrix(f"{block}{name}.weight", _WIDTH, _WIDTH)
        if kind == "qwen2vl" and name != "attn_output":
            maker.matrix(f"{block}{name}.bias", _WIDTH)
    for name in ("ffn_up", "ffn_gate"):
        maker.matrix(f"{block}{name}.weight", _FORWARD, _WIDTH)
    maker.matrix(f"{block}ffn_down.weight", _WIDTH, _FORWARD)


_EYE, _EYE_FORWARD, _PATCH, _IMAGE = 32, 64, 8, 128


def _projector(path: Path, kind: Kind) -> Path:
    maker = _Maker(path, "clip", seed=2)
    writer = maker.writer
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", val=True)
    writer.add_string("clip.projector_type", "qwen2vl_merger" if kind == "qwen2vl" else kind)
    writer.add_bool("clip.use_gelu", val=True)
    for name, number in {
        "embedding_length": _EYE,
        "feed_forward_length": _EYE_FORWARD,
        "block_count": 1,
        "projection_dim": _WIDTH,
        "attention.head_count": 2,
        "image_size": _IMAGE,
        "patch_size": _PATCH,
        **({"preproc_image_size": 2 * _IMAGE, "projector.scale_factor": 4} if kind == "idefics3" else {}),
    }.items():
        writer.add_uint32(f"clip.vision.{name}", number)
    writer.add_float32("clip.vision.attention.layer_norm_epsilon", 1e-6)
    writer.add_array("clip.vision.image_mean", [0.5, 0.5, 0.5])
    writer.add_array("clip.vision.image_std", [0.5, 0.5, 0.5])
    _eye(maker, kind)
    match kind:
        case "idefics3":
            maker.matrix("mm.model.fc.weight", _WIDTH, _EYE * 16)
        case "gemma3":
            maker.matrix("mm.input_projection.weight", _EYE, _WIDTH)
            maker.ones("mm.soft_emb_norm.weight", _EYE)
        case "qwen2vl":
            maker.matrix("mm.0.weight", _EYE * 4, _EYE * 4)
            maker.matrix("mm.0.bias", _EYE * 4)
            maker.matrix("mm.2.weight", _WIDTH, _EYE * 4)
            maker.matrix("mm.2.bias", _WIDTH)
    maker.finish()
    return path


def _eye(maker: _Maker, kind: Kind) -> None:
    """Write a vision transformer of one layer."""
    patches = (_IMAGE // _PATCH) ** 2
    maker.matrix("v.patch_embd.weight", _EYE, 3, _PATCH, _PATCH)
    if kind == "qwen2vl":
        maker.matrix("v.patch_embd.weight.1", _EYE, 3, _PATCH, _PATCH)
    else:
        maker.matrix("v.patch_embd.bias", _EYE)
        maker.matrix("v.position_embd.weight", patches, _EYE)
    for norm in ("v.blk.0.ln1", "v.blk.0.ln2", "v.post_ln"):
        maker.ones(f"{norm}.weight", _EYE)
        maker.matrix(f"{norm}.bias", _EYE)
    for name in ("attn_q", "attn_k", "attn_v", "attn_out"):
        maker.matrix(f"v.blk.0.{name}.weight", _EYE, _EYE)
        maker.matrix(f"v.blk.0.{name}.bias", _EYE)
    maker.matrix("v.blk.0.ffn_up.weight", _EYE_FORWARD, _EYE)
    maker.matrix("v.blk.0.ffn_up.bias", _EYE_FORWARD)
    maker.matrix("v.blk.0.ffn_down.weight", _EYE, _EYE_FORWARD)
    maker.matrix("v.blk.0.ffn_down.bias", _EYE)
