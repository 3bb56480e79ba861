"""What a header says about memory: heads by layer, windows, latent attention, experts, hostile numbers."""

from collections.abc import Mapping

import pytest

from olbuild.artifact.weights.gguf import read_header
from olbuild.artifact.weights.gguf.types import ValueType
from olbuild.core.content import BytesContent
from olbuild.core.errors import FormatError
from olbuild.running.memory import Shape, read_shape
from olbuild.testing.gguf import TensorSpec, Typed, Value, gguf_bytes

KV = ("attn_q", "attn_k", "attn_v")


def _shape(architecture: str, layers: int, keys: Mapping[str, Value], names: tuple[str, ...] = KV) -> Shape:
    metadata: dict[str, Value] = {
        "general.architecture": architecture,
        f"{architecture}.block_count": layers,
        f"{architecture}.embedding_length": 64,
        f"{architecture}.attention.head_count": 4,
        **{f"{architecture}.{key}": value for key, value in keys.items()},
    }
    tensors = [TensorSpec("token_embd.weight", (64, 10))]
    tensors += [TensorSpec(f"blk.{layer}.{name}.weight", (64, 64)) for layer in range(layers) for name in names]
    return read_shape([read_header(BytesContent(gguf_bytes(metadata, tensors)), "model.gguf")])


def test_heads_of_keys_are_as_many_as_those_of_queries_unless_something_is_said() -> None:
    assert _shape("llama", 1, {}).layers[0].keys == 64
    assert _shape("llama", 1, {"attention.head_count_kv": 1}).layers[0].keys == 16
    counts = Typed(ValueType.ARRAY, [0, 2], ValueType.INT32)
    assert [layer.keys for layer in _shape("jamba", 2, {"attention.head_count_kv": counts}).layers] == [0, 32]


def test_keys_and_values_of_other_lengths() -> None:
    (layer,) = _shape("llama", 1, {"attention.key_length": 24, "attention.value_length": 8}).layers
    assert (layer.keys, layer.values, layer.queries) == (96, 32, 96)


def test_latent_attention_keeps_one_vector() -> None:
    keys = {
        "attention.head_count_kv": 1,
        "attention.key_length": 576,
        "attention.value_length": 512,
        "attention.key_length_mla": 192,
        "attention.value_length_mla": 128,
    }
    (layer,) = _shape("deepseek2", 1, keys, ("attn_q_a", "attn_kv_a_mqa")).layers
    assert (layer.keys, layer.values) == (576, 0)


@pytest.mark.parametrize(
    ("architecture", "keys", "windowed"),
    [
        ("gemma3", {"attention.sliding_window": 512}, "wwwwwgww"),
        ("gemma3", {}, "gggggggg"),
        ("gemma2", {}, "wgwgwgwg"),
        ("gpt-oss", {"attention.sliding_window": 128}, "wgwgwgwg"),
        ("cohere2moe", {"attention.sliding_window": 128}, "gwwwgwww"),
        ("cohere2", {"attention.sliding_window": 128, "attention.sliding_window_pattern": 2}, "wgwgwgwg"),
        (
            "gemma4",
            {"attention.sliding_window": 128, "attention.sliding_window_pattern": [True, False] * 4},
            "wgwgwgwg",
        ),
        ("llama", {"attention.sliding_window": 128}, "gggggggg"),  # llama.cpp ignores it there
    ],
)
def test_which_layers_have_a_window(architecture: str, keys: Mapping[str, Value], windowed: str) -> None:
    shape = _shape(architecture, 8, keys)
    assert "".join("w" if layer.windowed else "g" for layer in shape.layers) == windowed


def test_layers_that_keep_nothing_of_a_token() -> None:
    shared = _shape("gemma4", 4, {"attention.shared_kv_layers": 2})
    assert [bool(layer.keys) for layer in shared.layers] == [True, True, False, False]
    guessing = _shape("glm4moe", 3, {"nextn_predict_layers": 1})
    assert [bool(layer.keys) for layer in guessing.layers] == [True, True, False]


def test_an_encoder_keeps_nothing() -> None:
    shape = _shape("bert", 1, {"pooling_type": 1, "context_length": 512})
    assert (shape.causal, shape.pooled, shape.layers[0].keys, shape.trained_context) == (False, True, 0, 512)
    assert not _shape("llama", 1, {"pooling_type": 0}).pooled


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ({"ssm.conv_kernel": 4, "ssm.inner_size": 128, "ssm.state_size": 16}, 3 * 128 + 16 * 128),
        (
            {"ssm.conv_kernel": 4, "ssm.inner_size": 128, "ssm.state_size": 16, "ssm.group_count": 2},
            3 * 192 + 16 * 128,
        ),
        ({"wkv.head_size": 64, "token_shift_count": 1}, 64 + 64 * 64),
        ({"shortconv.l_cache": 3}, 128),
        ({"kda.head_dim": 32}, 3 * 3 * 128 + 32 * 32 * 4),
    ],
)
def test_the_state_of_a_recurrent_layer(keys: Mapping[str, Value], state: int) -> None:
    (layer,) = _shape("anything", 1, keys, ("ssm_in",)).layers
    assert (layer.state, layer.keys) == (state, 0)


def test_the_number_of_layers_is_believed_within_reason() -> None:
    metadata: dict[str, Value] = {"general.architecture": "llama", "llama.block_count": 4_000_000_000}
    header = read_header(BytesContent(gguf_bytes(metadata)), "model.gguf")
    with pytest.raises(FormatError, match="the header claims 4000000000 layers, more than 1024"):
        read_shape([header])


def test_a_header_that_says_nothing() -> None:
    shape = read_shape([read_header(BytesContent(gguf_bytes({})), "model.gguf")])
    assert (shape.layers, shape.size, shape.width, shape.vocabulary) == ((), 0, 0, 0)
    with pytest.raises(FormatError, match="the model has no weights"):
        read_shape([])
