"""How much memory running a model takes: a rule that everybody computes alike from the headers, and no measurement."""

from __future__ import annotations

from olbuild.artifact.weights.gguf import Header

CONTEXT = 4096
"""Tokens of context that are reckoned with; a model that cannot have so many has fewer."""

_BYTES = 2  # of a cached number: the cache is F16
_OVERHEAD = 256 << 20  # buffers for computing, and the program itself


def required_memory(header: Header, files: int) -> int:
    """Return the bytes that running a model takes (registry-spec, "Required memory").

    Args:
        header: of the first shard of the weights.
        files: bytes of all files of weights, projectors, adapters and drafts.
    """
    return files + cache_size(header) + _OVERHEAD


def cache_size(header: Header) -> int:
    """Return the bytes of the keys and values of ``CONTEXT`` tokens; 0 if the header does not say their number."""
    architecture = header.metadata.get("general.architecture")

    def number(key: str) -> int:
        value = header.metadata.get(f"{architecture}.{key}")
        return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

    heads = number("attention.head_count")
    groups = number("attention.head_count_kv") or heads or 1
    width = number("embedding_length") // (heads or 1)
    keys, values = number("attention.key_length") or width, number("attention.value_length") or width
    context = min(number("context_length") or CONTEXT, CONTEXT)
    return number("block_count") * context * groups * (keys + values) * _BYTES
