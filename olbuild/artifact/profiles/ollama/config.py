"""The config blob (ollama, ``types/model/config.go``): what the weights are, from their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec import field

from olbuild.artifact.profiles.ollama.encoding import go_json
from olbuild.artifact.profiles.ollama.vocabulary import Kind
from olbuild.artifact.weights.gguf import FILE_TYPES, Header, ValueType
from olbuild.core.content import decode_json
from olbuild.core.content.canonical import Json
from olbuild.core.errors import FormatError
from olbuild.core.records import Frozen

_UNKNOWN = "unknown"
_LAST_FILE_TYPE = 40  # ggml.FileType.String knows no later one

_NEMOTRON = ("nemotron-3-nano", "nemotron-3-nano")
_DEFAULTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "gemma4": ("gemma4", "gemma4"),
        "laguna": ("laguna", "laguna"),
        "nemotron_h": _NEMOTRON,
        "nemotron_h_moe": _NEMOTRON,
        "nemotron_h_omni": _NEMOTRON,
    }
)
"""Renderer and parser of architectures that Ollama gives one to (``server/create.go``, ``createModel``)."""


class Config(Frozen, kw_only=True):
    """What a config says. A text that is empty is left out where Go's struct has ``omitempty``."""

    model_format: str = ""
    family: str = ""
    families: tuple[str, ...] = ()
    model_type: str = ""
    file_type: str = ""
    renderer: str = ""
    parser: str = ""
    requires: str = ""
    capabilities: tuple[str, ...] = ()
    drafts: tuple[str, ...] = field(default=())
    """The architectures of draft models; the last one counts."""


def describe_config(stated: Config, files: Sequence[tuple[Kind, Header]]) -> Config:
    """Fill in what the headers of an artifact's files say; ``stated`` is what the Modelfile and the parent say."""
    models = [header for kind, header in files if kind is Kind.MODEL]
    architectures = tuple(_architecture(header) for header in models)
    renderer, parser = stated.renderer, stated.parser
    for architecture in architectures:
        if architecture in _DEFAULTS and not (renderer and parser):
            renderer, parser = renderer or _DEFAULTS[architecture][0], parser or _DEFAULTS[architecture][1]
    return Config(
        model_format=stated.model_format or ("gguf" if models else ""),
        family=next(iter(architectures), ""),
        families=architectures,
        model_type=human_number(sum(tensor.elements for tensor in models[0].tensors)) if models else "",
        file_type=_file_type(models[0]) if models else "",
        renderer=renderer,
        parser=parser,
        requires=stated.requires,
        capabilities=stated.capabilities,
        drafts=tuple(_architecture(header) for kind, header in files if kind is Kind.DRAFT),
    )


def default_stop(stated: Config, files: Sequence[tuple[Kind, Header]]) -> list[Json] | None:
    """Return the ``stop`` that Ollama gives to an architecture whose renderer it chooses, or ``None``."""
    gemma = any(kind is Kind.MODEL and _architecture(header) == "gemma4" for kind, header in files)
    return ["<turn|>"] if gemma and not (stated.renderer and stated.parser) else None


def encode_config(config: Config) -> bytes:
    """Encode a config."""
    document: dict[str, Json] = {
        "model_format": config.model_format,
        "model_family": config.family,
        "model_families": [*config.families] if config.families else None,
        "model_type": config.model_type,
        "file_type": config.file_type,
    }
    optional: dict[str, Json] = {
        "renderer": config.renderer,
        "parser": config.parser,
        "requires": config.requires,
        "capabilities": [*config.capabilities],
        "draft": {"model_format": "gguf", "architecture": config.drafts[-1]} if config.drafts else None,
    }
    document |= {key: value for key, value in optional.items() if value}
    return go_json({**document, "architecture": "amd64", "os": "linux"})


def decode_config(data: bytes, where: str) -> Config:
    """Decode a config. What it says in a wrong type it does not say: other tools write these configs too.

    Raises:
        FormatError: if it is no JSON object, or says that the model runs elsewhere.
    """
    document = decode_json(data, where)
    if not isinstance(document, dict):
        raise FormatError(f"{where} is not a JSON object")
    if document.get("remote_host") or document.get("remote_model"):
        raise FormatError(
            f"{where}: the model runs on Ollama's servers and has no weights",
            hint="olbuild runs models on this machine; name one that can be downloaded",
        )

    def text(key: str) -> str:
        value = document.get(key)
        return value if isinstance(value, str) else ""

    def texts(key: str) -> tuple[str, ...]:
        value = document.get(key)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    return Config(
        model_format=text("model_format"),
        family=text("model_family"),
        families=texts("model_families"),
        model_type=text("model_type"),
        file_type=text("file_type"),
        renderer=text("renderer"),
        parser=text("parser"),
        requires=text("requires"),
        capabilities=texts("capabilities"),
    )


def human_number(value: int) -> str:
    """Write a number of parameters as Ollama does: ``27K``, ``134.52M``, ``8.0B`` (``format.HumanNumber``)."""
    for letter, scale, digits in (("B", 10**9, 1), ("M", 10**6, 2), ("K", 10**3, 0)):
        if value >= scale:
            return f"{value / scale:.{0 if value % scale == 0 else digits}f}{letter}"
    return str(value)


def _architecture(header: Header) -> str:
    value = header.metadata.get("general.architecture")
    return value if isinstance(value, str) else _UNKNOWN


def _file_type(header: Header) -> str:
    """Name the file type (``ggml.FileType``). 0, which is F32, counts as not said, and so do other types of numbers."""
    value = header.metadata.get("general.file_type")
    if header.types.get("general.file_type") is not ValueType.UINT32 or not isinstance(value, int):
        return _UNKNOWN
    return FILE_TYPES.get(value, _UNKNOWN) if 0 < value <= _LAST_FILE_TYPE else _UNKNOWN
