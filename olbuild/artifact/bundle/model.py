"""The types of a bundle. Everything is frozen; a change makes a new bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

import msgspec

from olbuild.core.content import Content, Descriptor
from olbuild.core.content.canonical import Json
from olbuild.core.names import Digest, Role
from olbuild.core.records import Frozen

ParameterValue: TypeAlias = int | float | bool | str | tuple[str, ...]
"""The value of a parameter; ``stop`` is a tuple of texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """One file of a model: weights (or one shard of them), a projector, an adapter or a draft. Size in bytes.

    ``scale`` is how strongly an adapter applies; ``None`` means 1. No other file has one.
    """

    role: Role
    digest: Digest
    size: int
    content: Content = field(compare=False)
    scale: float | None = None


class CompiledTemplate(Frozen, kw_only=True):
    """The Jinja2 that a Go template was compiled to, and the version of what the compiler writes, from 1.

    One that is not portable calls a helper, which only olbuild has.
    """

    text: str
    version: int
    portable: bool = True


class Template(Frozen, kw_only=True):
    """A chat template in its original text, the language it is written in, and what a Go template was compiled to."""

    text: str
    language: Literal["go", "jinja"]
    compiled: CompiledTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A file that came with a model and is none of the above, such as a README: kept, listed, and not interpreted.

    ``path`` is where it is unpacked to, ``descriptor`` the one that it had, with its annotations.
    """

    path: str | None
    descriptor: Descriptor
    content: Content = field(compare=False)


class Message(Frozen, kw_only=True):
    """One message of a conversation that the model starts with."""

    role: str
    content: str


class Test(Frozen, kw_only=True):
    """A question, and what the answer must satisfy. Names are unique in a model.

    Attributes:
        contains: texts that are all in the answer.
        not_contains: texts of which none is in the answer.
        matches: regular expressions of RE2, each of which matches somewhere in the answer.
        json_schema: JSON Schema (draft 2020-12) of the answer, which must be JSON and nothing else.
        max_tokens: most tokens of the answer; ``None`` leaves it to whoever asks.
    """

    __test__: ClassVar[bool] = False  # pytest takes every imported class of this name for one of its own

    prompt: str
    name: str | None = None
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    json_schema: Mapping[str, Json] | bool | None = None
    max_tokens: int | None = None


class Metadata(Frozen, kw_only=True):
    """What the GGUF header says about the weights; everything is optional.

    ``parameters`` counts elements of all tensors, ``context_length`` is in tokens.
    """

    architecture: str | None = None
    name: str | None = None
    parameters: int | None = None
    quantization: str | None = None
    context_length: int | None = None
    licenses: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    embedding: bool = False
    vision: bool = False
    audio: bool = False


class Base(Frozen, kw_only=True):
    """The artifact that a bundle was built from."""

    name: str
    digest: Digest


class Bundle(Frozen, kw_only=True):
    """The format-neutral content of a model.

    ``weights`` holds the shards in their order, ``drafts`` those of one draft model, ``adapters`` the adapters in the
    order of their application. A text that is empty counts as one that is not there.
    ``created`` is an RFC 3339 time and only ever comes from ``SOURCE_DATE_EPOCH``.
    """

    weights: tuple[Blob, ...] = ()
    projectors: tuple[Blob, ...] = ()
    adapters: tuple[Blob, ...] = ()
    drafts: tuple[Blob, ...] = ()
    template: Template | None = None
    system: str | None = None
    parameters: Mapping[str, ParameterValue] = msgspec.field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    tests: tuple[Test, ...] = ()
    licenses: tuple[str, ...] = ()
    renderer: str | None = None
    parser: str | None = None
    requires: str | None = None
    metadata: Metadata = Metadata()
    base: Base | None = None
    created: str | None = None
    labels: Mapping[str, str] = msgspec.field(default_factory=dict)
    extras: tuple[Extra, ...] = ()

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Every file of weights, in the order in which it stands in an artifact."""
        return (*self.weights, *self.projectors, *self.adapters, *self.drafts)
