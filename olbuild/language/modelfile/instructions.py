"""One frozen dataclass per instruction, and the Modelfile that holds them.

Two instructions are equal when they mean the same: where they stand takes no part in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from olbuild.core.names import Part
from olbuild.core.records import Frozen
from olbuild.core.text import Diagnostic, Source, Span

Dialect = Literal["olbuild", "ollama"]


class Place(Frozen, kw_only=True):
    """Where an instruction stands: all of it, its keyword, its name if it has one, and its value with the quotes.

    ``flags`` has the place of each flag, by its name and in their order. ``folder`` is where relative paths begin: the
    folder of the file that the instruction stands in, relative to that of the Modelfile, with a ``/`` at its end.
    """

    span: Span
    keyword: Span
    name: Span | None
    value: Span
    flags: tuple[tuple[str, Span], ...] = ()
    folder: str = ""

    def flag(self, name: str) -> Span:
        """Return the place of the first flag of a name, or of the value if there is none."""
        return next((span for each, span in self.flags if each == name), self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """FROM: a model's name, or a file or folder with weights. Empty means the Modelfile's own folder.

    ``stage`` is the name behind AS; in dialect ``ollama`` there is none.
    """

    model: str
    stage: str | None = None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """ADAPTER: a file or folder with a LoRA. ``scale`` is the value of ``--scale`` as it was written."""

    path: str
    scale: str | None = None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """DRAFT: a file or folder with a model for speculative decoding."""

    path: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """TEMPLATE: the source of a chat template. With ``file``, the text is that of a file once it was read."""

    text: str
    file: str | None = None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """SYSTEM: the system prompt. With ``file``, the text is that of a file once it was read."""

    text: str
    file: str | None = None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """LICENSE: the text of a licence. With ``file``, the text is that of a file once it was read."""

    text: str
    file: str | None = None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """MESSAGE: one message of the conversation that the model starts with.

    ``role`` is ``system``, ``user`` or ``assistant``, unless the message was written as ``PARAMETER message …``, where
    Ollama checks nothing; ``content`` is ``None`` only when such a line has no ``": "``. With ``file``, it stands for
    the messages of a file, and role and content are empty until that is read.
    """

    role: str
    content: str | None
    file: str | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Arg:
    """ARG: a name that ``${NAME}`` stands for from here on, and what it is when nobody says otherwise."""

    name: str
    default: str | None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """INCLUDE: another Modelfile whose instructions stand here."""

    path: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unset:
    """UNSET: a part that is not taken over from the model that FROM names.

    ``name`` says which PARAMETER, LABEL or TEST; without one, all of them.
    """

    part: Part
    name: str | None
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantize:
    """QUANTIZE: the type that the weights are to be converted to."""

    type: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """LABEL: an annotation of the artifact."""

    key: str
    value: str
    place: Place = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """TEST: a prompt, and what the answer must satisfy.

    ``json_schema`` is a path, and ``schema`` the JSON text that stands there once it was read. ``max_tokens`` is as it
    was written.
    """

    __test__ = False  # for pytest, which takes it for one of its own

    prompt: str
    name: str | None = None
    contains: tuple[str, ...] = ()
    not_contains: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    json_schema: str | None = None
    schema: str | None = None
    max_tokens: str | None = None
    place: Place = field(compare=False, repr=False)


Extension: TypeAlias = Arg | Include | Unset | Quantize | Label | Test
"""What Ollama does not know."""

Instruction: TypeAlias = (
    From
    | Adapter
    | Draft
    | Template
    | System
    | License
    | Message
    | Parameter
    | Renderer
    | Parser
    | Requires
    | Extension
)


class Modelfile(Frozen, kw_only=True):
    """A parsed Modelfile: its decoded source, its instructions in their order, and what is doubtful about it."""

    source: Source
    dialect: Dialect
    instructions: tuple[Instruction, ...]
    warnings: tuple[Diagnostic, ...] = ()
