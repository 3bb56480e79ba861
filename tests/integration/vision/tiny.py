"""Tiny models that see: random weights in the shapes that llama.cpp wants, so that it loads and evaluates them.

Nothing they say means anything. But the same tokens and the same image give the same answer, and others give another
one, which is what the tests need.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.languages import WIDTH, Architecture, write_language_model
from tests.weights import Maker

Kind = Literal["idefics3", "gemma3", "qwen2vl"]
"""A projector: idefics3 cuts images into tiles, gemma3's tokens of one image see each other, qwen2vl has M-RoPE."""

_SPECIAL = [
    "<fake_token_around_image>",
    "<global-img>",
    "<start_of_image>",
    "<end_of_image>",
    "<|vision_start|>",
    "<|vision_end|>",
]
_ARCHITECTURES: Mapping[Kind, Architecture] = {"idefics3": "llama", "gemma3": "gemma3", "qwen2vl": "qwen2vl"}


@dataclass(frozen=True, slots=True)
class Seeing:
    """The two files of a model."""

    weights: Path
    projector: Path


def write_models(folder: Path, kind: Kind) -> Seeing:
    """Write a language model and its projector."""
    weights = write_language_model(folder / "model.gguf", _ARCHITECTURES[kind], special=_SPECIAL)
    return Seeing(weights, _projector(folder / "mmproj.gguf", kind))


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


_EYE, _EYE_FORWARD, _PATCH, _IMAGE = 32, 64, 8, 128


def _projector(path: Path, kind: Kind) -> Path:
    maker = Maker(path, "clip", seed=2)
    writer = maker.writer
    writer.add_type("mmproj")
    writer.add_bool("clip.has_vision_encoder", val=True)
    writer.add_string("clip.projector_type", "qwen2vl_merger" if kind == "qwen2vl" else kind)
    writer.add_bool("clip.use_gelu", val=True)
    for name, number in {
        "embedding_length": _EYE,
        "feed_forward_length": _EYE_FORWARD,
        "block_count": 1,
        "projection_dim": WIDTH,
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
            maker.matrix("mm.model.fc.weight", WIDTH, _EYE * 16)
        case "gemma3":
            maker.matrix("mm.input_projection.weight", _EYE, WIDTH)
            maker.ones("mm.soft_emb_norm.weight", _EYE)
        case "qwen2vl":
            maker.matrix("mm.0.weight", _EYE * 4, _EYE * 4)
            maker.matrix("mm.0.bias", _EYE * 4)
            maker.matrix("mm.2.weight", WIDTH, _EYE * 4)
            maker.matrix("mm.2.bias", WIDTH)
    maker.finish()
    return path


def _eye(maker: Maker, kind: Kind) -> None:
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
