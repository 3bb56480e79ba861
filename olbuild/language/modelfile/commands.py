"""Instructions as Ollama's commands: a name and one text, both ways, and printed as ``ollama show --modelfile`` does.

Source of the rules: ollama, ``parser/parser.go``. FROM is the command ``model``, a PARAMETER is a command under its own
name. So ``PARAMETER system x`` is a SYSTEM, and ``PARAMETER from x`` is an (unknown) parameter.
"""

from __future__ import annotations

from typing import assert_never

from olbuild.language.modelfile.instructions import (
    Adapter,
    Arg,
    Dialect,
    Draft,
    From,
    Include,
    Instruction,
    Label,
    License,
    Message,
    Modelfile,
    Parameter,
    Parser,
    Place,
    Quantize,
    Renderer,
    Requires,
    System,
    Template,
    Test,
    Unset,
)

KEYWORDS = (
    *("FROM", "LICENSE", "TEMPLATE", "SYSTEM", "ADAPTER", "DRAFT"),
    *("RENDERER", "PARSER", "PARAMETER", "MESSAGE", "REQUIRES"),
)
"""The instructions that Ollama knows."""
EXTENSIONS = ("ARG", "INCLUDE", "LABEL", "QUANTIZE", "TEST", "UNSET")
"""The instructions that olbuild adds."""
PROSE = frozenset({"LICENSE", "MESSAGE", "SYSTEM", "TEMPLATE", "TEST"})
"""Keywords whose values are texts for people or models, often of several lines."""
ROLES = ("system", "user", "assistant")

_SEPARATOR = ": "


def keywords(dialect: Dialect) -> tuple[str, ...]:
    """Return the instructions of a dialect."""
    return KEYWORDS if dialect == "ollama" else KEYWORDS + EXTENSIONS


def instruction(name: str, text: str, place: Place) -> Instruction:  # noqa: PLR0911 - one for each instruction
    """Return the instruction that a command means."""
    match name:
        case "model":
            return From(model=text, place=place)
        case "adapter":
            return Adapter(path=text, place=place)
        case "draft":
            return Draft(path=text, place=place)
        case "template":
            return Template(text=text, place=place)
        case "system":
            return System(text=text, place=place)
        case "license":
            return License(text=text, place=place)
        case "message":
            role, separator, content = text.partition(_SEPARATOR)
            return Message(role=role, content=content if separator else None, place=place)
        case "renderer":
            return Renderer(name=text, place=place)
        case "parser":
            return Parser(name=text, place=place)
        case "requires":
            return Requires(version=text, place=place)
        case _:
            return Parameter(name=name, value=text, place=place)


def command(instruction: Instruction) -> tuple[str, str]:  # noqa: C901, PLR0911, PLR0912 - a case for each
    """Return the name and the text under which Ollama stores an instruction; it would store an extension so, too."""
    match instruction:
        case From():
            return "model", instruction.model
        case Adapter():
            return "adapter", instruction.path
        case Draft():
            return "draft", instruction.path
        case Template():
            return "template", instruction.text
        case System():
            return "system", instruction.text
        case License():
            return "license", instruction.text
        case Message():
            if instruction.content is None:
                return "message", instruction.role
            return "message", f"{instruction.role}{_SEPARATOR}{instruction.content}"
        case Parameter():
            return instruction.name, instruction.value
        case Renderer():
            return "renderer", instruction.name
        case Parser():
            return "parser", instruction.name
        case Requires():
            return "requires", instruction.version
        case Arg():
            return (
                "arg",
                instruction.name if instruction.default is None else f"{instruction.name}={instruction.default}",
            )
        case Include():
            return "include", instruction.path
        case Unset():
            return "unset", f"{instruction.part} {instruction.name or ''}".rstrip()
        case Quantize():
            return "quantize", instruction.type
        case Label():
            return "label", f"{instruction.key}={instruction.value}"
        case Test():
            return "test", instruction.prompt
        case _:
            assert_never(instruction)


def format_command(instruction: Instruction) -> str:
    """Print an instruction on a line of its own as Ollama prints it.

    Ollama's own reader does not always read it back: a value with a quote at its beginning, for one, is printed bare.
    """
    match instruction:
        case From():
            return f"FROM {instruction.model}"
        case Message():
            return f"MESSAGE {instruction.role} {_quoted(instruction.content or '')}"
        case Parameter():
            return f"PARAMETER {instruction.name} {_quoted(instruction.value)}"
        case _:
            name, text = command(instruction)
            return f"{name.upper()} {_quoted(text)}"


def format_commands(modelfile: Modelfile) -> str:
    """Print a Modelfile as Ollama prints it: one command after the other, comments gone."""
    return "".join(f"{format_command(instruction)}\n" for instruction in modelfile.instructions)


def _quoted(text: str) -> str:
    if "\n" in text or text.startswith(" ") or text.endswith(" "):
        quote = '"""' if '"' in text else '"'
        return f"{quote}{text}{quote}"
    return text
