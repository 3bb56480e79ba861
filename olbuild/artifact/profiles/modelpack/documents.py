"""The JSON layers ``params.json`` and ``messages.json``: canonical when written, validated with a path when read."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from olbuild.artifact.bundle import Message, ParameterValue
from olbuild.core.content import canonical_json, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.language.parameters import EXPECTED, PARAMETERS

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_LARGEST_INTEGER = 10**21  # up to here a whole float prints without an exponent (RFC 8785)
_ROLES = ("system", "user", "assistant")


def encode_parameters(parameters: Mapping[str, ParameterValue]) -> bytes:
    """Encode parameters; a float that is whole prints as one (``1.0`` as ``1``), and reads back as an equal integer.

    Raises:
        FormatError: if a name or a value is none that can be read back.
    """
    document: dict[str, Json] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()
    }
    _parameters(document, "params.json")
    return canonical_json(document)


def decode_parameters(data: bytes, where: str) -> dict[str, ParameterValue]:
    """Decode parameters.

    Raises:
        FormatError: if the bytes are not JSON, a name or a value is not allowed, or a known parameter has a value of
            another type. Unknown names are kept.
    """
    return _parameters(decode_json(data, where), where)


def _parameters(document: Json, where: str) -> dict[str, ParameterValue]:
    if not isinstance(document, dict):
        raise FormatError(f"{where}: $ is not an object of parameters")
    parameters: dict[str, ParameterValue] = {}
    for name, value in document.items():
        if not _NAME.fullmatch(name):
            raise FormatError(f"{where}: {name[:100]!r} is not the name of a parameter")
        parameters[name] = _value(value, f"{where}: $.{name}")
        _check_known(name, parameters[name], f"{where}: $.{name}")
    return parameters


def _value(value: Json, where: str) -> ParameterValue:
    match value:
        case bool() | str():
            return value
        case int() if -_LARGEST_INTEGER <= value <= _LARGEST_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
        case list():
            texts = tuple(item for item in value if isinstance(item, str))
            if len(texts) == len(value):
                return texts
    raise FormatError(f"{where} is neither a number, text, true, false, nor a list of texts")


def _check_known(name: str, value: ParameterValue, where: str) -> None:
    """Check the type of a parameter that PARAMETER knows; a runtime may know others."""
    kind = PARAMETERS.get(name)
    match kind:
        case None:
            fits = True
        case "int" | "float":  # a whole float is written without a point, and a fraction is cut, as in Ollama
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "bool":
            fits = isinstance(value, bool)
        case "texts":
            fits = isinstance(value, str | tuple)
        case _:
            assert_never(kind)
    if kind is not None and not fits:
        raise FormatError(f"{where} is {value!r:.100}, which is not {EXPECTED[kind]}")


def encode_messages(messages: Sequence[Message]) -> bytes:
    """Encode messages.

    Raises:
        FormatError: if a role is none that can be read back.
    """
    document: list[Json] = [{"role": message.role, "content": message.content} for message in messages]
    _messages(document, "messages.json")
    return canonical_json(document)


def decode_messages(data: bytes, where: str) -> tuple[Message, ...]:
    """Decode messages.

    Raises:
        FormatError: if the bytes are not a JSON list of messages, each with exactly a role and a content.
    """
    return _messages(decode_json(data, where), where)


def _messages(document: Json, where: str) -> tuple[Message, ...]:
    if not isinstance(document, list):
        raise FormatError(f"{where}: $ is not a list of messages")
    return tuple(_message(item, f"{where}: $[{index}]") for index, item in enumerate(document))


def _message(item: Json, where: str) -> Message:
    if not isinstance(item, dict) or set(item) != {"role", "content"}:
        raise FormatError(f"{where} is not an object of role and content")
    role, content = item["role"], item["content"]
    if role not in _ROLES or not isinstance(role, str):
        raise FormatError(f"{where}.role is not one of {', '.join(_ROLES)}")
    if not isinstance(content, str):
        raise FormatError(f"{where}.content is not text")
    return Message(role=role, content=content)
