"""One frozen dataclass per instruction, and the Modelfile that holds them.

Two instructions are equal when they mean the same: where they stand takes no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from olbuild.core.text import Diagnostic, Source, Span

Dialect = Literal["olbuild", "ollama"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an instruction stands: all of it, its keyword, its name if it has one, and its value with the quotes."""

    span: Span
    keyword: Span
    name: Span | None
    value: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """FROM: a model's name, or a file or folder with weights. Empty means the Modelfile's own folder."""

    model: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """ADAPTER: a file or folder with a LoRA."""

    path: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """DRAFT: a file or folder with a model for speculative decoding."""

    path: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """TEMPLATE: the source of a chat template."""

    text: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """SYSTEM: the system prompt."""

    text: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """LICENSE: the text of a licence."""

    text: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """MESSAGE: one message of the conversation that the model starts with.

    ``role`` is ``system``, ``user`` or ``assistant``, unless the message was written as ``PARAMETER message …``, where
    Ollama checks nothing; ``content`` is ``None`` only when such a line has no ``": "``.
    """

    role: str
    content: str | None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """PARAMETER: a name and its value as it was written. The name is empty behind two blanks."""

    name: str
    value: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """RENDERER: the name of a built-in prompt renderer."""

    name: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """PARSER: the name of a built-in output parser."""

    name: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requires:
    """REQUIRES: the oldest version that can run the model."""

    version: str
    place: Place = field(compare=False, repr=False)


Instruction: TypeAlias = (
    From | Adapter | Draft | Template | System | License | Message | Parameter | Renderer | Parser | Requires
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modelfile:
    """A parsed Modelfile: its decoded source, its instructions in their order, and what is doubtful about it."""

    source: Source
    dialect: Dialect
    instructions: tuple[Instruction, ...]
    warnings: tuple[Diagnostic, ...] = ()
