"""The parameters of a model, their types, and how their values are read (ollama, ``api.Options``, ``FormatParams``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, assert_never

from olbuild.language.modelfile.numbers import parse_bool, parse_float32, parse_int

Kind = Literal["int", "float", "bool", "texts"]
Value: TypeAlias = int | float | bool | tuple[str, ...]

_INTEGERS = (
    *("num_ctx", "num_batch", "num_gpu", "main_gpu", "num_thread", "draft_num_predict"),
    *("num_keep", "seed", "num_predict", "top_k", "repeat_last_n"),
)
_FLOATS = (
    *("top_p", "min_p", "typical_p", "temperature"),
    *("repeat_penalty", "presence_penalty", "frequency_penalty"),
)

PARAMETERS: Mapping[str, Kind] = MappingProxyType(
    {
        **dict.fromkeys(_INTEGERS, "int"),
        **dict.fromkeys(_FLOATS, "float"),
        "use_mmap": "bool",
        "stop": "texts",
    }
)
"""Every parameter that exists, with its type. Names are case-sensitive."""

DEPRECATED = frozenset(
    {
        *("penalize_newline", "low_vram", "f16_kv", "logits_all", "vocab_only", "use_mlock"),
        *("mirostat", "mirostat_tau", "mirostat_eta"),
    }
)
"""Names that are accepted with any value and ignored."""

EXPECTED: Mapping[Kind, str] = MappingProxyType(
    {
        "int": "a whole number, such as 4096",
        "float": "a number, such as 0.7",
        "bool": "true or false",
        "texts": "a text",
    }
)
"""What a value of each type looks like, for a hint."""


def read_value(kind: Kind, text: str) -> Value:
    """Read the value of a parameter.

    Raises:
        ValueError: if the text is no value of this type, with the reason.
    """
    match kind:
        case "int":
            return parse_int(text)
        case "float":
            return parse_float32(text)
        case "bool":
            return parse_bool(text)
        case "texts":
            return (text,)
        case _:
            assert_never(kind)
