"""Models of the shapes of real ones, in files that are holes: for tests of how much memory a model takes.

llama.cpp loads them; what they answer is nonsense. They have no vocabulary, only the number of its tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from olbuild.artifact.weights.gguf.types import ValueType
from olbuild.core.records import Frozen
from olbuild.testing.gguf import TensorSpec, Typed, Value, write_sparse_gguf


class ModelShape(Frozen, kw_only=True):
    """The numbers that a model is made of.

    Attributes:
        kinds: of each layer: ``attention`` or ``recurrent``; shorter than ``layers``, it is repeated.
        experts, experts_used: of each layer; 0 is none.
        window: how far layers with a sliding window look back; 0 is none.
        tied: whether the embedding of tokens is the output too.
        type: of the tensors that have two dimensions.
        inner, state, convolution: of recurrent layers (mamba).
    """

    architecture: str = "llama"
    layers: int = 2
    width: int = 256
    heads: int = 4
    kv_heads: int = 2
    head_size: int = 64
    forward: int = 512
    vocabulary: int = 1000
    context: int = 131_072
    experts: int = 0
    experts_used: int = 0
    window: int = 0
    tied: bool = False
    type: str = "Q8_0"
    kinds: Sequence[str] = ("attention",)
    state: int = 16
    convolution: int = 4

    def kind(self, layer: int) -> str:
        """What a layer is."""
        return self.kinds[layer % len(self.kinds)]


LLAMA_8B = ModelShape(
    layers=32, width=4096, heads=32, kv_heads=8, head_size=128, forward=14_336, vocabulary=128_256, type="Q4_K"
)
QWEN2_7B = ModelShape(
    architecture="qwen2",
    layers=28,
    width=3584,
    heads=28,
    kv_heads=4,
    head_size=128,
    forward=18_944,
    vocabulary=152_064,
    context=32_768,
    type="Q8_0",
)
QWEN3_30B = ModelShape(
    architecture="qwen3moe",
    layers=48,
    width=2048,
    heads=32,
    kv_heads=4,
    head_size=128,
    forward=768,
    vocabulary=151_936,
    experts=128,
    experts_used=8,
    type="Q4_K",
)
GEMMA3_4B = ModelShape(
    architecture="gemma3",
    layers=34,
    width=2560,
    heads=8,
    kv_heads=4,
    head_size=256,
    forward=10_240,
    vocabulary=262_144,
    window=1024,
    tied=True,
    type="Q4_0",
)
MAMBA_1B = ModelShape(
    architecture="mamba", layers=48, width=2048, heads=0, kv_heads=0, vocabulary=50_280, kinds=("recurrent",), tied=True
)
MINILM = ModelShape(
    architecture="bert",
    layers=6,
    width=384,
    heads=12,
    kv_heads=12,
    head_size=32,
    forward=1536,
    vocabulary=30_522,
    context=512,
    type="F16",
    tied=True,
)
_ENCODER = "bert"


def write_shape(path: Path, shape: ModelShape) -> Path:
    """Write a model of a shape; it takes its header's size of the disk."""
    return write_sparse_gguf(path, dict(_metadata(shape)), list(_tensors(shape)))


def _metadata(shape: ModelShape) -> Iterator[tuple[str, Value]]:
    name = shape.architecture
    yield "general.architecture", name
    yield "general.name", f"{name} of {shape.layers} layers"
    yield f"{name}.block_count", shape.layers
    yield f"{name}.context_length", shape.context
    yield f"{name}.embedding_length", shape.width
    yield f"{name}.vocab_size", shape.vocabulary
    yield f"{name}.attention.layer_norm_rms_epsilon", 1e-5
    yield "tokenizer.ggml.model", "no_vocab"
    if name == _ENCODER:
        yield f"{name}.attention.layer_norm_epsilon", 1e-12
        yield f"{name}.attention.causal", False
        yield f"{name}.pooling_type", 1
        yield "tokenizer.ggml.token_type_count", 2
    if shape.heads:
        yield f"{name}.feed_forward_length", shape.forward
        yield f"{name}.attention.head_count", shape.heads
        counts = [shape.kv_heads if shape.kind(layer) == "attention" else 0 for layer in range(shape.layers)]
        alike = len(set(counts)) == 1
        yield f"{name}.attention.head_count_kv", counts[0] if alike else Typed(ValueType.ARRAY, counts, ValueType.INT32)
        yield f"{name}.attention.key_length", shape.head_size
        yield f"{name}.attention.value_length", shape.head_size
        yield f"{name}.rope.dimension_count", shape.head_size
    if shape.window:
        yield f"{name}.attention.sliding_window", shape.window
    if shape.experts:
        yield f"{name}.expert_count", shape.experts
        yield f"{name}.expert_used_count", shape.experts_used
        yield f"{name}.expert_feed_forward_length", shape.forward
    if "recurrent" in shape.kinds:
        yield f"{name}.ssm.conv_kernel", shape.convolution
        yield f"{name}.ssm.inner_size", 2 * shape.width
        yield f"{name}.ssm.state_size", shape.state
        yield f"{name}.ssm.time_step_rank", shape.width // 16
        if name != "mamba":
            yield f"{name}.ssm.group_count", 1


def _tensors(shape: ModelShape) -> Iterator[TensorSpec]:
    yield TensorSpec("token_embd.weight", (shape.width, shape.vocabulary), shape.type)
    if shape.architecture == _ENCODER:
        yield from _encoder(shape)
        return
    yield TensorSpec("output_norm.weight", (shape.width,))
    if not shape.tied:
        yield TensorSpec("output.weight", (shape.width, shape.vocabulary), shape.type)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield TensorSpec(f"{block}attn_norm.weight", (shape.width,))
        yield from _attention(shape, block) if shape.kind(layer) == "attention" else _recurrence(shape, block)
        if shape.heads:
            yield from _forward(shape, block)


def _encoder(shape: ModelShape) -> Iterator[TensorSpec]:
    width = (shape.width,)
    yield TensorSpec("token_types.weight", (shape.width, 2))
    yield TensorSpec("position_embd.weight", (shape.width, shape.context))
    yield from (TensorSpec(f"token_embd_norm.{part}", width) for part in ("weight", "bias"))
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        for name, rows, columns in (
            *((f"attn_{part}", shape.width, shape.width) for part in ("q", "k", "v", "output")),
            ("ffn_up", shape.width, shape.forward),
            ("ffn_down", shape.forward, shape.width),
        ):
            yield TensorSpec(f"{block}{name}.weight", (rows, columns), shape.type)
            yield TensorSpec(f"{block}{name}.bias", (columns,))
        for name in ("attn_output_norm", "layer_output_norm"):
            yield from (TensorSpec(f"{block}{name}.{part}", width) for part in ("weight", "bias"))


def _attention(shape: ModelShape, block: str) -> Iterator[TensorSpec]:
    queries, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    for name, dimensions in (
        ("attn_q", (shape.width, queries)),
        ("attn_k", (shape.width, keys)),
        ("attn_v", (shape.width, keys)),
        ("attn_output", (queries, shape.width)),
    ):
        yield TensorSpec(f"{block}{name}.weight", dimensions, shape.type)
    if shape.architecture == "qwen2":
        for name, length in (("attn_q", queries), ("attn_k", keys), ("attn_v", keys)):
            yield TensorSpec(f"{block}{name}.bias", (length,))
    if shape.architecture in {"gemma3", "qwen3moe"}:
        for name in ("attn_q_norm", "attn_k_norm"):
            yield TensorSpec(f"{block}{name}.weight", (shape.head_size,))
    if shape.architecture == "gemma3":
        for name in ("post_attention_norm", "post_ffw_norm"):
            yield TensorSpec(f"{block}{name}.weight", (shape.width,))


def _forward(shape: ModelShape, block: str) -> Iterator[TensorSpec]:
    yield TensorSpec(f"{block}ffn_norm.weight", (shape.width,))
    many, suffix = ((shape.experts,), "_exps") if shape.experts else ((), "")
    if shape.experts:
        yield TensorSpec(f"{block}ffn_gate_inp.weight", (shape.width, shape.experts))
    for name, dimensions in (
        ("ffn_gate", (shape.width, shape.forward)),
        ("ffn_up", (shape.width, shape.forward)),
        ("ffn_down", (shape.forward, shape.width)),
    ):
        yield TensorSpec(f"{block}{name}{suffix}.weight", (*dimensions, *many), shape.type)


def _recurrence(shape: ModelShape, block: str) -> Iterator[TensorSpec]:
    inner, state, rank = 2 * shape.width, shape.state, shape.width // 16
    second = shape.architecture != "mamba"  # mamba 2
    mixed = inner + 2 * state if second else inner
    yield TensorSpec(f"{block}ssm_in.weight", (shape.width, inner + mixed + rank if second else 2 * inner), shape.type)
    yield TensorSpec(f"{block}ssm_conv1d.weight", (shape.convolution, mixed))
    yield TensorSpec(f"{block}ssm_conv1d.bias", (mixed,))
    if second:
        yield TensorSpec(f"{block}ssm_norm.weight", (inner, 1))
    else:
        yield TensorSpec(f"{block}ssm_x.weight", (inner, rank + 2 * state), shape.type)
        yield TensorSpec(f"{block}ssm_dt.weight", (rank, inner))
    yield TensorSpec(f"{block}ssm_dt.bias", (rank if second else inner,))
    yield TensorSpec(f"{block}ssm_a", (1, rank) if second else (state, inner))
    yield TensorSpec(f"{block}ssm_d", (1, rank) if second else (inner,))
    yield TensorSpec(f"{block}ssm_out.weight", (inner, shape.width), shape.type)
