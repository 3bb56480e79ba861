"""What the header of weights says for prompts, as llama.cpp reads it: no engine has to be loaded to write one."""

from __future__ import annotations

from olbuild.artifact.weights.gguf import Header
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen, replace

_TEMPLATE = "tokenizer.chat_template"
_TOKENS = "tokenizer.ggml.tokens"

# llama-vocab.cpp, llama_vocab::impl::load: what each kind of tokenizer has where the header says nothing.
_DEFAULTS: dict[str | None, tuple[int | None, int | None]] = {
    "llama": (1, 2),
    "plamo2": (1, 2),
    "bert": (101, None),
    "gpt2": (11, 11),
    "hybriddna": (11, 11),
    "whitespace": (11, 11),
    "t5": (None, 1),
}
_WITHOUT_BOS = frozenset({"chatglm-bpe", "glm4", "glm5"})


class Spoken(Frozen, kw_only=True):
    """The template of some weights, and the texts of the tokens that begin and end a sequence, or empty texts.

    Where there is no template, there are the architecture and the vocabulary, which speak for one.
    """

    template: str | None = None
    bos: str = ""
    eos: str = ""
    architecture: str | None = None
    vocabulary: frozenset[object] = frozenset()


def read_spoken(header: Header) -> Spoken:
    """Read the header of a model, or of its first shard. What it says in a wrong type it does not say."""
    template = header.metadata.get(_TEMPLATE)
    try:
        tokens = header.array(_TOKENS) or ()
    except FormatError:
        tokens = ()
    model, pre = (header.metadata.get(f"tokenizer.ggml.{key}") for key in ("model", "pre"))
    bos, eos = _DEFAULTS.get(model if isinstance(model, str) else None, (None, None))
    bos = None if pre in _WITHOUT_BOS else bos

    def text(key: str, default: int | None) -> str:
        stated = header.metadata.get(f"tokenizer.ggml.{key}_token_id")
        known = isinstance(stated, int) and not isinstance(stated, bool) and 0 <= stated < len(tokens)
        number = stated if known else default
        return str(tokens[number]) if isinstance(number, int) and number < len(tokens) else ""

    found = template if isinstance(template, str) and template else None
    spoken = Spoken(template=found, bos=text("bos", bos), eos=text("eos", eos))
    architecture = header.metadata.get("general.architecture")
    if found is not None or not isinstance(architecture, str):
        return spoken
    return replace(spoken, architecture=architecture, vocabulary=frozenset(tokens))
