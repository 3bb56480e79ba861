"""Tiny language models of each kind of memory that llama.cpp has: random weights, a vocabulary of bytes.

Nothing they say means anything. But the same tokens give the same answer, and others give another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from tests.weights import Maker, write_vocabulary

Architecture = Literal["llama", "gemma3", "qwen2vl", "mamba", "jamba", "lfm2"]
"""llama and qwen2vl (M-RoPE) keep keys and values of all tokens, gemma3 in some layers only those of a window; mamba
keeps a state; jamba and lfm2 have layers of both kinds, lfm2's with windows if it is told so."""

WIDTH, LAYERS = 64, 2
CONTEXT = 4096
_HEADS, _FORWARD = 4, 128
_SIZE = WIDTH // _HEADS
_RECURRENT = {"mamba": range(LAYERS), "jamba": range(1), "lfm2": range(1)}
_STATE, _KERNEL, _RANK, _INNER = 8, 4, 4, 2 * WIDTH


def write_language_model(
    path: Path, architecture: Architecture, *, special: Sequence[str] = (), window: int = 0
) -> Path:
    """Write a model whose last layer looks back on everything, where it has attention; return its path."""
    maker = Maker(path, architecture, seed=1)
    recurrent = _RECURRENT.get(architecture, range(0))
    _write_header(maker, architecture, [0 if layer in recurrent else _HEADS for layer in range(LAYERS)], window)
    count = write_vocabulary(maker.writer, special)
    maker.writer.add_vocab_size(count)
    # gemma3 makes tokens eight times as large, which nothing that a layer adds could change.
    maker.matrix("token_embd.weight", count, WIDTH, scale=0.125 if architecture == "gemma3" else 1)
    maker.matrix("output.weight", count, WIDTH)
    maker.ones("token_embd_norm.weight" if architecture == "lfm2" else "output_norm.weight", WIDTH)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        maker.ones(f"{block}attn_norm.weight", WIDTH)
        if layer not in recurrent:
            _write_attention(maker, block, architecture)
        elif architecture == "lfm2":
            _write_convolution(maker, block)
        else:
            _write_states(maker, block, architecture)
        if architecture != "mamba":
            _write_forward(maker, block)
    maker.finish()
    return path


def _write_header(maker: Maker, architecture: Architecture, heads: list[int], window: int) -> None:
    writer = maker.writer
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(_FORWARD)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(heads[0] if len(set(heads)) == 1 else heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_key_length(_SIZE)
    writer.add_value_length(_SIZE)
    writer.add_rope_dimension_count(_SIZE)
    if architecture == "qwen2vl":
        writer.add_rope_dimension_sections([_SIZE // 8, _SIZE // 8 + 1, _SIZE // 8 + 1, 0])
    if architecture in {"mamba", "jamba"}:
        writer.add_ssm_conv_kernel(_KERNEL)
        writer.add_ssm_inner_size(_INNER)
        writer.add_ssm_state_size(_STATE)
        writer.add_ssm_time_step_rank(_RANK)
    if architecture == "lfm2":
        writer.add_shortconv_l_cache(_KERNEL)
    if window:
        writer.add_sliding_window(window)
        writer.add_uint32(f"{architecture}.attention.sliding_window_pattern", LAYERS)


def _write_attention(maker: Maker, block: str, architecture: Architecture) -> None:
    if architecture == "gemma3":
        for name in ("post_attention_norm", "post_ffw_norm"):
            maker.ones(f"{block}{name}.weight", WIDTH)
    if architecture in {"gemma3", "lfm2"}:
        for name in ("attn_q_norm", "attn_k_norm"):
            maker.ones(f"{block}{name}.weight", _SIZE)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        maker.matrix(f"{block}{name}.weight", WIDTH, WIDTH)
        if architecture == "qwen2vl" and name != "attn_output":
            maker.matrix(f"{block}{name}.bias", WIDTH)


def _write_states(maker: Maker, block: str, architecture: Architecture) -> None:
    """Write a layer of Mamba."""
    maker.matrix(f"{block}ssm_in.weight", 2 * _INNER, WIDTH)
    maker.matrix(f"{block}ssm_conv1d.weight", _INNER, _KERNEL)
    maker.matrix(f"{block}ssm_conv1d.bias", _INNER)
    maker.matrix(f"{block}ssm_x.weight", _RANK + 2 * _STATE, _INNER)
    maker.matrix(f"{block}ssm_dt.weight", _INNER, _RANK)
    maker.matrix(f"{block}ssm_dt.bias", _INNER)
    if architecture == "jamba":
        for name, size in {"dt": _RANK, "b": _STATE, "c": _STATE}.items():
            maker.ones(f"{block}ssm_{name}_norm.weight", size)
    maker.add(f"{block}ssm_a", np.full((_INNER, _STATE), -0.1))  # it forgets slowly
    maker.ones(f"{block}ssm_d", _INNER)
    maker.matrix(f"{block}ssm_out.weight", WIDTH, _INNER)


def _write_convolution(maker: Maker, block: str) -> None:
    """Write a layer of LFM2 without attention."""
    maker.matrix(f"{block}shortconv.conv.weight", WIDTH, _KERNEL)
    maker.matrix(f"{block}shortconv.in_proj.weight", 3 * WIDTH, WIDTH)
    maker.matrix(f"{block}shortconv.out_proj.weight", WIDTH, WIDTH)


def _write_forward(maker: Maker, block: str) -> None:
    maker.ones(f"{block}ffn_norm.weight", WIDTH)
    for name in ("ffn_up", "ffn_gate"):
        maker.matrix(f"{block}{name}.weight", _FORWARD, WIDTH)
    maker.matrix(f"{block}ffn_down.weight", WIDTH, _FORWARD)
