"""Tiny models of every kind, for tests: what their headers say is as real ones say it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from olbuild.artifact.weights.gguf.types import ValueType
from olbuild.testing.gguf import TensorSpec, Typed, Value, gguf_bytes, write_gguf


def model_metadata(name: str = "tiny", architecture: str = "llama") -> dict[str, Value]:
    """Return the metadata of a small language model, without a vocabulary."""
    return {
        "general.architecture": architecture,
        "general.type": "model",
        "general.name": name,
        "general.file_type": 0,
        f"{architecture}.block_count": 2,
        f"{architecture}.context_length": 64,
        f"{architecture}.embedding_length": 32,
    }


def model_tensors(seed: int = 0) -> tuple[TensorSpec, ...]:
    """Return a few tensors; models of different seeds have different digests."""
    return (
        TensorSpec("token_embd.weight", (32, 16), seed=seed),
        TensorSpec("blk.0.attn_q.weight", (32, 32), "Q8_0", seed=seed + 1),
        TensorSpec("blk.1.attn_q.weight", (32, 32), "Q8_0", seed=seed + 2),
        TensorSpec("output_norm.weight", (32,), seed=seed + 3),
    )


def model_bytes(name: str = "tiny", seed: int = 0) -> bytes:
    """Return a whole model in one file."""
    return gguf_bytes(model_metadata(name), model_tensors(seed))


def shard_bytes(count: int = 3, name: str = "tiny", seed: int = 0) -> tuple[bytes, ...]:
    """Return a model in several files, as ``gguf-split`` writes them: only the first one says what the model is."""
    tensors = model_tensors(seed)
    shards: list[bytes] = []
    for number in range(count):
        metadata: dict[str, Value] = model_metadata(name) if number == 0 else {}
        metadata |= split_metadata(number, count, len(tensors))
        shards.append(gguf_bytes(metadata, tensors[number::count]))
    return tuple(shards)


def split_metadata(number: int, count: int, tensors: int) -> dict[str, Value]:
    """Return what a shard says about its place; ``number`` counts from 0."""
    return {
        "split.no": Typed(ValueType.UINT16, number),
        "split.count": Typed(ValueType.UINT16, count),
        "split.tensors.count": Typed(ValueType.INT32, tensors),
    }


def adapter_bytes(seed: int = 0) -> bytes:
    """Return a LoRA adapter."""
    metadata: Mapping[str, Value] = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
    }
    tensors = (
        TensorSpec("blk.0.attn_q.weight.lora_a", (32, 8), seed=seed),
        TensorSpec("blk.0.attn_q.weight.lora_b", (8, 32), seed=seed + 1),
    )
    return gguf_bytes(metadata, tensors)


def projector_bytes(seed: int = 0) -> bytes:
    """Return a projector that lets a model see."""
    metadata: Mapping[str, Value] = {
        "general.architecture": "clip",
        "general.type": "mmproj",
        "clip.has_vision_encoder": True,
        "clip.vision.block_count": 1,
    }
    return gguf_bytes(metadata, (TensorSpec("mm.0.weight", (32, 32), "F16", seed=seed),))


def write_large_model(path: Path, size: int, seed: int = 0) -> Path:
    """Write a model of about ``size`` bytes (never less) with data that repeat nowhere, in constant memory."""
    rows = -(-size // (4096 * 2))
    tensors = (*model_tensors(seed), TensorSpec("blk.0.ffn_up.weight", (4096, rows), "F16", seed=seed))
    return write_gguf(path, model_metadata(), tensors)


def vocabulary_metadata(count: int) -> dict[str, Value]:
    """Return the metadata of a model with a vocabulary of ``count`` tokens and as many merges."""
    return {
        **model_metadata(),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": [f"token{number}" for number in range(count)],
        "tokenizer.ggml.token_type": [1] * count,
        "tokenizer.ggml.merges": [f"tok en{number}" for number in range(count)],
    }
