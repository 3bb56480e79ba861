"""The layers of text: parameters and messages, written as Ollama writes them, and read as anybody may have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from olbuild.artifact.bundle import Message, ParameterValue
from olbuild.artifact.profiles.modelpack.documents import decode_parameters
from olbuild.artifact.profiles.ollama.encoding import go_json, go_map
from olbuild.core.content import canonical_json, decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError

_ROLES = ("system", "user", "assistant")


def stated_parameters(parameters: Mapping[str, ParameterValue]) -> dict[str, Json]:
    """Return parameters as the JSON that a client of Ollama would send. ``stop`` is a list there, always."""
    document: dict[str, Json] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()
    }
    if isinstance(document.get("stop"), str):
        document["stop"] = [document["stop"]]
    return document


def encode_parameters(document: dict[str, Json]) -> bytes:
    """Encode parameters."""
    return go_json(go_map(document))


def raw_parameters(data: bytes, where: str) -> dict[str, Json]:
    """Decode parameters as they are; ``null`` is none.

    Raises:
        FormatError: if the bytes are no JSON object.
    """
    document = decode_json(data, where)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise FormatError(f"{where}: $ is not an object of parameters")
    return document


def read_parameters(data: bytes, where: str) -> dict[str, ParameterValue]:
    """Decode parameters for a bundle. One that is ``null`` is one that is not there, as in Ollama.

    Raises:
        FormatError: if the bytes are no JSON object, or a known parameter has a value of another type.
    """
    stated = {name: value for name, value in raw_parameters(data, where).items() if value is not None}
    return decode_parameters(canonical_json(stated), where)


def encode_messages(messages: Sequence[Message]) -> bytes:
    """Encode messages."""
    return go_json([{"role": message.role, "content": message.content} for message in messages])


def read_messages(data: bytes, where: str) -> tuple[Message, ...]:
    """Decode messages.

    Raises:
        FormatError: if the bytes are no JSON list of messages, or a message holds what a bundle has no place for.
    """
    document = decode_json(data, where)
    if document is None:
        return ()
    if not isinstance(document, list):
        raise FormatError(f"{where}: $ is not a list of messages")
    return tuple(_message(item, f"{where}: $[{index}]") for index, item in enumerate(document))


def _message(item: Json, where: str) -> Message:
    if not isinstance(item, dict):
        raise FormatError(f"{where} is not an object")
    role, content = item.get("role"), item.get("content", "")
    if not isinstance(role, str) or role not in _ROLES:
        raise FormatError(f"{where}.role is not one of {', '.join(_ROLES)}")
    if not isinstance(content, str):
        raise FormatError(f"{where}.content is not text")
    more = sorted(key for key, value in item.items() if value and key not in {"role", "content"})
    if more:
        raise FormatError(f"{where} has {more[0][:100]!r}, and olbuild keeps only role and content of a message")
    return Message(role=role, content=content)
