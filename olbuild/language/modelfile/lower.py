"""A Modelfile in plain Ollama: arguments, includes, files and stages are written out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec import field

from olbuild.core.errors import ModelfileError
from olbuild.core.names import Part
from olbuild.core.records import Mutable, replace
from olbuild.core.text import Diagnostic, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import command
from olbuild.language.modelfile.instructions import (
    Adapter,
    Draft,
    From,
    Instruction,
    Label,
    License,
    Message,
    Parameter,
    Parser,
    Quantize,
    Renderer,
    Requires,
    System,
    Template,
    Test,
    Unset,
)
from olbuild.language.modelfile.parse import analyse
from olbuild.language.modelfile.paths import is_written_as_path
from olbuild.language.modelfile.stages import Stage

_PARTS: dict[Part, type] = {
    "ADAPTER": Adapter,
    "DRAFT": Draft,
    "LABEL": Label,
    "LICENSE": License,
    "MESSAGE": Message,
    "PARAMETER": Parameter,
    "PARSER": Parser,
    "RENDERER": Renderer,
    "REQUIRES": Requires,
    "SYSTEM": System,
    "TEMPLATE": Template,
    "TEST": Test,
}
_ONE = (System, Template, Renderer, Parser, Requires)
_ADDED = ("ADAPTER", "LICENSE", "LABEL", "TEST")  # a child's are added to its base's


def lower(stages: tuple[Stage, ...]) -> str:
    """Return a Modelfile without extensions that builds the same model.

    Args:
        stages: those that the model needs, from the first to the one that is built.

    Raises:
        ModelfileError: with every instruction that has no equal in Ollama's language.
    """
    lowering = _Lowering()
    for stage in stages:
        lowering.add(stage.instructions)
    return lowering.text()


class _Lowering(Mutable):
    """What all stages so far say together, and what of it cannot be said."""

    said: list[Instruction] = field(default_factory=list)
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, instructions: tuple[Instruction, ...]) -> None:
        """Put a stage on top of those that it goes on from (registry-spec, "Inheritance")."""
        inherited, self.said = self.said, []
        own: list[Instruction] = [each for each in instructions if not isinstance(each, Unset)]
        for unset in (each for each in instructions if isinstance(each, Unset)):
            inherited = [each for each in inherited if not _is_part(each, unset)]
            if _names_artifact(inherited + own) and not _sets(own, unset):
                self._refuse(unset, "what FROM names may bring one, and Ollama cannot take it away")
        replaced = {_slot(each) for each in own} - {None}
        self.said = [each for each in inherited if _slot(each) not in replaced]
        kept = {type(each) for each in self.said}
        licenses = {each.text for each in self.said if isinstance(each, License)}
        self.said += [each for each in own if not _says_nothing(each, kept, licenses)]

    def text(self) -> str:
        """Write everything down.

        Raises:
            ModelfileError: with all that has no equal.
        """
        adapters = [each for each in self.said if isinstance(each, Adapter)]
        for each in adapters[:-1]:
            self._refuse(each, "Ollama applies the last ADAPTER only")
        lines = [line for each in self.said if (line := self._line(each)) is not None]
        if self.problems:
            raise ModelfileError(tuple(sorted(self.problems, key=lambda each: (each.source.name, each.span.start))))
        return "".join(f"{line}\n" for line in lines)

    def _line(self, instruction: Instruction) -> str | None:
        match instruction:
            case Label() | Test() | Quantize():
                self._refuse(instruction, "Ollama has no such instruction")
                return None
            case Adapter(scale=str()):
                self._refuse(instruction, "Ollama knows no scale of an ADAPTER")
                return None
            case _:
                moved = _from_the_top(instruction)
                line = next(_spellings(moved), None)
                if line is None:
                    self._refuse(instruction, "the text has characters that cannot be written in Ollama's language")
                return line

    def _refuse(self, instruction: Instruction, reason: str) -> None:
        place = instruction.place
        span = Span(place.keyword.source, place.keyword.start, place.keyword.start + len(place.keyword.text.rstrip()))
        message = f"{place.keyword.text.strip().upper()} has no equal in Ollama's language: {reason}"
        hint = "take it out, or build it with olbuild"
        self.problems.append(Diagnostic(code=Code.NO_EQUIVALENT, message=message, span=span, hint=hint))


def _is_part(instruction: Instruction, unset: Unset) -> bool:
    """Whether an instruction sets what an UNSET takes away."""
    if not isinstance(instruction, _PARTS[unset.part]):
        return False
    if unset.name is None:
        return True
    name = instruction.key if isinstance(instruction, Label) else getattr(instruction, "name", None)
    return bool(name == unset.name)


def _sets(own: list[Instruction], unset: Unset) -> bool:
    """Whether a stage says itself what it takes away, so that what it inherits does not count anyway."""
    return (
        unset.part not in _ADDED
        and any(_is_part(each, unset) for each in own)
        and (unset.part != "PARAMETER" or unset.name is not None)
    )


def _names_artifact(instructions: list[Instruction]) -> bool:
    """Whether a FROM may name an artifact, of which nobody here knows what it brings."""
    return any(isinstance(each, From) and not is_written_as_path(each.model) for each in instructions)


def _slot(instruction: Instruction) -> object:
    """Return what an instruction fills: a child's takes the place of its base's. ``None`` for what adds up."""
    match instruction:
        case System() | Template() | Renderer() | Parser() | Requires():
            return type(instruction) if command(instruction)[1] else None  # an empty text takes nothing away
        case Message() | Draft():
            return type(instruction)
        case Parameter():
            return Parameter, instruction.name
        case _:
            return None


def _says_nothing(instruction: Instruction, kept: set[type[Instruction]], licenses: set[str]) -> bool:
    """Whether an instruction is empty, or repeats a licence, beside something of its kind that is inherited."""
    if isinstance(instruction, License):
        return instruction.text in licenses
    return isinstance(instruction, _ONE) and not command(instruction)[1] and type(instruction) in kept


def _from_the_top(instruction: Instruction) -> Instruction:
    """Return an instruction whose path begins at the Modelfile's folder and not at that of an included file."""
    folder = instruction.place.folder

    def moved(path: str) -> str:
        if not folder or path.startswith(("/", "~")):
            return path
        return f"./{posixpath.normpath(folder + path)}"

    match instruction:
        case From():
            written = is_written_as_path(instruction.model)
            return replace(instruction, model=moved(instruction.model) if written else instruction.model, stage=None)
        case Adapter() | Draft():
            return replace(instruction, path=moved(instruction.path))
        case _:
            return instruction


def _spellings(instruction: Instruction) -> Iterator[str]:
    """Yield the ways to write an instruction that Ollama reads as it is meant, the most usual one first."""
    name, text = command(instruction)
    value = text
    match instruction:
        case From():
            head = "FROM"
        case Parameter():
            head = f"PARAMETER {name}"
        case Message(content=str() as content):
            head, value = f"MESSAGE {instruction.role}", content
        case Message():
            head = "PARAMETER message"  # the only way to write a message that has no content
        case _:
            head = name.upper()
    lines = "\n" in value or "\r" in value
    for quote in ('"""', '"') if lines else ("", '"', '"""'):
        line = f"{head} {quote}{value}{quote}"
        read, found = analyse(f"{line}\n", dialect="ollama", part=True)
        if not found and [command(each) for each in read.instructions] == [(name, text)]:
            yield line
