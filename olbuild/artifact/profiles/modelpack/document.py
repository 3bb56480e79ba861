"""The shape of a config, as its published schema has it: nothing further, no ``null`` (ModelPack, ``schema/``)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType, field

from olbuild.artifact.profiles.modelpack.vocabulary import is_time

_Text: TypeAlias = str | UnsetType
_Flag: TypeAlias = bool | UnsetType
_Name: TypeAlias = Annotated[str, Meta(min_length=1)] | UnsetType
_Language: TypeAlias = Annotated[str, Meta(pattern=r"\A[a-z]{2}\Z")]
_Modality: TypeAlias = Literal["text", "image", "audio", "video", "embedding", "other"]


def _check_time(name: str, value: str | UnsetType) -> None:
    """Refuse a text that is no time: msgspec turns a ``ValueError`` into its own error, with the path of the object."""
    if not isinstance(value, UnsetType) and not is_time(value):
        raise ValueError(f"{name} is not an RFC 3339 time")


class Capabilities(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """What a model takes and gives."""

    input_types: tuple[_Modality, ...] = ()
    output_types: tuple[_Modality, ...] = ()
    knowledge_cutoff: _Text = UNSET
    reasoning: _Flag = UNSET
    tool_usage: _Flag = UNSET
    reward: _Flag = UNSET
    languages: tuple[_Language, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        _check_time("knowledgeCutoff", self.knowledge_cutoff)


class Model(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """Technical metadata."""

    architecture: _Text = UNSET
    format: _Text = UNSET
    param_size: _Text = UNSET
    precision: _Text = UNSET
    quantization: _Text = UNSET
    capabilities: Capabilities = Capabilities()


class General(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """General information: the object ``descriptor``."""

    created_at: _Text = UNSET
    authors: tuple[str, ...] = ()
    family: _Text = UNSET
    name: _Name = UNSET
    doc_url: _Text = field(default=UNSET, name="docURL")
    source_url: _Text = field(default=UNSET, name="sourceURL")
    datasets_url: tuple[str, ...] = field(default=(), name="datasetsURL")
    version: _Text = UNSET
    revision: _Text = UNSET
    vendor: _Text = UNSET
    licenses: tuple[str, ...] = ()
    title: _Text = UNSET
    description: _Text = UNSET

    def __post_init__(self) -> None:
        """Refuse a time that is none."""
        _check_time("createdAt", self.created_at)


class Layers(Struct, forbid_unknown_fields=True, rename="camel", frozen=True):
    """The layers that a config describes: the object ``modelfs``."""

    type: Literal["layers"]
    diff_ids: tuple[str, ...]


class Config(Struct, forbid_unknown_fields=True, frozen=True):
    """A whole config."""

    descriptor: General
    config: Model
    modelfs: Layers


def stated(value: str | UnsetType) -> str | None:
    """Return a text, or ``None`` if it is not there."""
    return None if isinstance(value, UnsetType) else value
