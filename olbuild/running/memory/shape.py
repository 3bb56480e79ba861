"""What of a model decides how much memory it takes, read from the headers of its files.

The rules are llama.cpp's (``src/llama-model.cpp``, ``src/llama-hparams.cpp``); where it knows an architecture by name,
the tensors of a layer tell the same here, so that a new architecture is read well enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from olbuild.artifact.weights.gguf import Header, Tensor
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen
from olbuild.running.memory.keys import Keys
from olbuild.running.memory.windows import windows

_BLOCK = re.compile(r"^blk\.(\d+)\.(.+)$")
_INPUTS = frozenset({"token_embd", "token_types", "position_embd", "per_layer_token_embd", "token_embd_norm"})
_WITHOUT_CACHE = frozenset(
    {
        *("bert", "jina-bert-v2", "jina-bert-v3", "nomic-bert", "nomic-bert-moe", "neo-bert", "eurobert"),
        *("modern-bert", "gemma-embedding", "wavtokenizer-dec", "dream", "llada", "llada-moe", "rnd1"),
    }
)
"""Those that ``llama_model::create_memory`` gives none."""
_MOST_LAYERS = 1024


class Piece(Frozen):
    """A tensor, and the number of the file that it is in."""

    file: int
    tensor: Tensor


class Layer(Frozen, kw_only=True):
    """One layer. Lengths are numbers of a token.

    Attributes:
        pieces: its tensors.
        keys, values: what it keeps of a token; 0 is nothing.
        queries, heads: of its attention.
        windowed: whether it looks back on a window only.
        forward: length within the feed-forward network; of experts, of those that work on a token together.
        gated: whether a second branch of it decides what of the first one passes.
        experts: how many experts work on a token; 0 if there are none.
        mixed: length of what a recurrent layer computes with at its peak; 0 if it is none.
        state: numbers that it keeps of a sequence, however long that is.
    """

    pieces: tuple[Piece, ...]
    keys: int = 0
    values: int = 0
    queries: int = 0
    heads: int = 0
    windowed: bool = False
    forward: int = 0
    gated: bool = True
    experts: int = 0
    mixed: int = 0
    state: int = 0


class Shape(Frozen, kw_only=True):
    """A model.

    Attributes:
        inputs: tensors that always stay with the processor: the embedding of tokens.
        outputs: tensors behind the last layer; without those of the input that serve twice.
        tied: the tensor of the input that is the output too, if there is one.
        width: length of what goes from layer to layer.
        vocabulary: how many tokens there are.
        trained_context: the tokens that it was trained with; 0 if it does not say so.
        window: tokens that windowed layers look back on; 0 is none.
        causal: whether it continues texts, and keeps something of each token.
        pooled: whether it says how the vectors of a text become one, which makes it a model for embeddings.
    """

    architecture: str
    layers: tuple[Layer, ...]
    inputs: tuple[Piece, ...]
    outputs: tuple[Piece, ...]
    tied: Piece | None
    width: int
    vocabulary: int
    trained_context: int
    window: int
    causal: bool
    pooled: bool = False

    @property
    def size(self) -> int:
        """Bytes of all tensors."""
        groups = (self.inputs, self.outputs, *(layer.pieces for layer in self.layers))
        return sum(piece.tensor.size for pieces in groups for piece in pieces)

    def sequences(self, parallel: int, wished: int) -> int:
        """Return how many sequences there are: as wished, if they cost nothing, else as many as requests at once."""
        free = self.causal and not any(layer.state for layer in self.layers)
        return max(parallel, wished) if free else parallel


def read_shape(headers: Sequence[Header]) -> Shape:
    """Read the shape of a model from the headers of its files, in their order.

    Raises:
        FormatError: if what it says of itself cannot be.
    """
    if not headers:
        raise FormatError("the model has no weights")
    keys = Keys(headers[0])
    pieces = [Piece(number, tensor) for number, header in enumerate(headers) for tensor in header.tensors]
    blocks, inputs, outputs = _sorted(pieces)
    layers = keys.number("block_count") or (max(blocks, default=-1) + 1)
    if layers > _MOST_LAYERS:
        raise FormatError(f"{headers[0].where}: the header claims {layers} layers, more than {_MOST_LAYERS}")
    embedding = next((piece for piece in inputs if piece.tensor.name == "token_embd.weight"), None)
    tied = None if any(piece.tensor.name == "output.weight" for piece in outputs) else embedding
    width = keys.number("embedding_length") or (embedding.tensor.shape[0] if embedding else 0)
    vocabulary = embedding.tensor.shape[1] if embedding and len(embedding.tensor.shape) > 1 else 0
    causal = keys.architecture not in _WITHOUT_CACHE
    window, windowed = windows(keys, layers)
    return Shape(
        architecture=keys.architecture,
        layers=tuple(
            _layer(keys, number, tuple(blocks.get(number, ())), windowed=windowed[number], causal=causal)
            for number in range(layers)
        ),
        inputs=tuple(inputs),
        outputs=tuple(outputs),
        tied=tied if causal else None,
        width=width,
        vocabulary=vocabulary,
        trained_context=keys.number("context_length"),
        window=window,
        causal=causal,
        pooled=keys.number("pooling_type") > 0,
    )


def _sorted(pieces: Iterable[Piece]) -> tuple[dict[int, list[Piece]], list[Piece], list[Piece]]:
    """Return the tensors of each layer, those of the input and those of the output."""
    blocks: dict[int, list[Piece]] = {}
    inputs: list[Piece] = []
    outputs: list[Piece] = []
    for piece in pieces:
        found = _BLOCK.match(piece.tensor.name)
        if found:
            blocks.setdefault(int(found[1]), []).append(piece)
        else:
            (inputs if piece.tensor.name.split(".")[0] in _INPUTS else outputs).append(piece)
    return blocks, inputs, outputs


def _layer(keys: Keys, number: int, pieces: tuple[Piece, ...], *, windowed: bool, causal: bool) -> Layer:
    rows = {_name(piece): piece.tensor.shape for piece in pieces}
    head_k, head_v = keys.head_sizes(windowed=windowed)
    heads, kv_heads = keys.of_layer("attention.head_count", number), keys.kv_heads(number)
    attends = any(name.startswith(("attn_k", "attn_qkv", "attn_q_a", "attn_kv_a")) for name in rows)
    kept = attends and causal and keys.keeps(number)
    experts = keys.of_layer("expert_used_count", number) if any("_exps" in name for name in rows) else 0
    return Layer(
        pieces=pieces,
        keys=kv_heads * head_k if kept else 0,
        values=kv_heads * head_v if kept and not keys.latent else 0,
        queries=heads * head_k if attends else 0,
        heads=heads if attends else 0,
        windowed=windowed,
        forward=_forward(rows, experts),
        gated=_gated(rows),
        experts=experts,
        mixed=_mixed(keys, rows),
        state=keys.state(heads) if _is_recurrent(rows) else 0,
    )


def _name(piece: Piece) -> str:
    return piece.tensor.name.split(".", 2)[2]


def _is_recurrent(rows: Iterable[str]) -> bool:
    return any(name.startswith(("ssm_", "shortconv", "time_mix")) for name in rows)


def _forward(rows: dict[str, tuple[int, ...]], experts: int) -> int:
    for name, times in (("ffn_down_exps.weight", experts), ("ffn_down.weight", 1)):
        if shape := rows.get(name):
            return shape[0] * times
    return 0


def _gated(rows: dict[str, tuple[int, ...]]) -> bool:
    """Whether there is a gate, as a tensor of its own or in the same one."""
    up, down = rows.get("ffn_up.weight", ()), rows.get("ffn_down.weight", ())
    return any(name.startswith("ffn_gate") for name in rows) or (up[1:2] != down[:1])


def _mixed(keys: Keys, rows: dict[str, tuple[int, ...]]) -> int:
    """Return the length at the peak of a recurrent layer: its projection, its convolution twice, its result twice."""
    if not _is_recurrent(rows):
        return 0
    projected, convolution = rows.get("ssm_in.weight", (0, 0)), rows.get("ssm_conv1d.weight", (0, 0))
    if len(projected) > 1 and len(convolution) > 1:
        return projected[1] + 2 * convolution[1] + 2 * keys.number("ssm.inner_size")
    return 6 * keys.number("embedding_length")
