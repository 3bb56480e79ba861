"""The parameters of a model, their types, and how their values are read (ollama, ``api.Options``, ``FormatParams``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

from olbuild.core.errors import UsageError
from olbuild.language.parameters.numbers import parse_bool, parse_float32, parse_int
from olbuild.language.parameters.table import TABLE, Kind, ParameterEntry, Range, Value

__all__ = [
    "DEPRECATED",
    "ENTRIES",
    "EXPECTED",
    "PARAMETERS",
    "TYPE_NAMES",
    "Kind",
    "ParameterEntry",
    "Range",
    "Value",
    "kind_of",
    "read_value",
]

ENTRIES: Mapping[str, ParameterEntry] = MappingProxyType({entry.name: entry for entry in TABLE})
"""Every parameter that exists, with all there is to say about it. Names are case-sensitive."""

PARAMETERS: Mapping[str, Kind] = MappingProxyType({entry.name: entry.kind for entry in TABLE})
"""Every parameter that exists, with its type."""

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

TYPE_NAMES: Mapping[Kind, str] = MappingProxyType(
    {"int": "whole number", "float": "number", "bool": "true or false", "texts": "text"}
)
"""What each type is called."""


def kind_of(name: str) -> Kind:
    """Return the type of a parameter.

    Raises:
        UsageError: if there is no such parameter.
    """
    kind = PARAMETERS.get(name)
    if kind is None:
        from difflib import get_close_matches  # noqa: PLC0415 - costs start-up time, and only an error needs it

        close = get_close_matches(name, PARAMETERS, n=1)
        known = f"did you mean {close[0]}?" if close else f"the parameters are {', '.join(sorted(PARAMETERS))}"
        raise UsageError(f"there is no parameter {name!r}", hint=known)
    return kind


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
