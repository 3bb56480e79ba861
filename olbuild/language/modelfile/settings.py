"""What a Modelfile means once its instructions are merged: what Ollama's create request would hold.

Source of the rules: ollama, ``parser/parser.go`` (``CreateRequest``) and ``api/types.go`` (``FormatParams``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from msgspec import field

from olbuild.core.errors import ModelfileError
from olbuild.core.records import Frozen, Mutable
from olbuild.core.text import Diagnostic
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.extended import reserved_label, unknown_quantization, wrong_scale, wrong_test
from olbuild.language.modelfile.hints import did_you_mean, shorten
from olbuild.language.modelfile.instructions import (
    Adapter,
    Arg,
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
    Quantize,
    Renderer,
    Requires,
    System,
    Template,
    Test,
    Unset,
)
from olbuild.language.parameters import DEPRECATED, EXPECTED, PARAMETERS, Value, read_value
from olbuild.language.parameters.numbers import parse_version


class Settings(Frozen, kw_only=True):
    """The merged meaning of a Modelfile.

    Every FROM, ADAPTER and DRAFT is here in its order, because what they merge to depends on what is on disk: files of
    several FROMs join, of names the last counts; of ADAPTERs the last counts in the dialect ``ollama``, and all do
    elsewhere; DRAFTs join. Texts that were never given are ``None``, which an empty text is not. ``parameters`` holds
    int, float (the shortest decimal of the 32-bit value), bool, and for ``stop`` a tuple of texts, in the order of
    their first appearance.
    """

    froms: tuple[From, ...] = ()
    adapters: tuple[Adapter, ...] = ()
    drafts: tuple[Draft, ...] = ()
    template: Template | None = None
    system: System | None = None
    licenses: tuple[License, ...] = ()
    messages: tuple[Message, ...] = ()
    parameters: Mapping[str, Value] = field(default_factory=dict)
    renderer: Renderer | None = None
    parser: Parser | None = None
    requires: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    tests: tuple[Test, ...] = ()
    unsets: tuple[Unset, ...] = ()
    quantize: Quantize | None = None


class _Merge(Mutable):
    """The merge while it goes on."""

    froms: list[From] = field(default_factory=list)
    adapters: list[Adapter] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    template: Template | None = None
    system: System | None = None
    licenses: list[License] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    parameters: dict[str, Value] = field(default_factory=dict)
    stops: list[str] = field(default_factory=list)
    renderer: Renderer | None = None
    parser: Parser | None = None
    requires: str | None = None
    labels: dict[str, str] = field(default_factory=dict)
    tests: list[Test] = field(default_factory=list)
    unsets: list[Unset] = field(default_factory=list)
    quantize: Quantize | None = None
    problems: list[Diagnostic] = field(default_factory=list)

    def add(self, instruction: Instruction) -> None:  # noqa: C901, PLR0912 - a case for each
        match instruction:
            case From():
                self.froms.append(instruction)
            case Adapter():
                self.adapters.append(instruction)
                self.problems.extend(wrong_scale(instruction))
            case Draft():
                self.drafts.append(instruction)
            case Template():
                self.template = instruction
            case System():
                self.system = instruction
            case License():
                self.licenses.append(instruction)
            case Message():
                self.messages.append(instruction)
            case Parameter():
                self._parameter(instruction)
            case Renderer():
                self.renderer = instruction
            case Parser():
                self.parser = instruction
            case Requires():
                self._requires(instruction)
            case Label():
                self.labels[instruction.key] = instruction.value
                self.problems.extend(reserved_label(instruction))
            case Test():
                self.problems.extend(wrong_test(instruction, self.tests))
                self.tests.append(instruction)
            case Unset():
                self.unsets.append(instruction)
            case Quantize():
                self.quantize = instruction
                self.problems.extend(unknown_quantization(instruction))
            case Arg() | Include():
                pass  # `expand` made something else of it
            case _:
                assert_never(instruction)

    def _parameter(self, parameter: Parameter) -> None:
        if parameter.name in DEPRECATED:
            return
        kind = PARAMETERS.get(parameter.name)
        if kind is None:
            self.problems.append(unknown_parameter(parameter))
            return
        try:
            value = read_value(kind, parameter.value)
        except ValueError as error:
            self.problems.append(
                Diagnostic(
                    code=Code.BAD_PARAMETER_VALUE,
                    message=f"{shorten(parameter.value)} is not a value for {parameter.name}: {error}",
                    span=parameter.place.value,
                    hint=f"{parameter.name} takes {EXPECTED[kind]}",
                )
            )
            return
        if isinstance(value, tuple):
            self.stops.extend(value)
            value = ()  # keeps the parameter's place; the whole list is put there at the end
        self.parameters[parameter.name] = value

    def _requires(self, requires: Requires) -> None:
        try:
            self.requires = parse_version(requires.version)
        except ValueError as error:
            self.problems.append(
                Diagnostic(
                    code=Code.BAD_VERSION,
                    message=f"{shorten(requires.version)} cannot be required: {error}",
                    span=requires.place.value,
                    hint="write a version such as 0.14.0",
                )
            )


def settings(modelfile: Modelfile) -> Settings:
    """Merge the instructions of a Modelfile.

    Raises:
        ModelfileError: with every unknown parameter, wrong value and wrong version of the file.
    """
    merged, problems = merge(modelfile.instructions)
    if problems:
        raise ModelfileError(problems)
    return merged


def merge(instructions: Iterable[Instruction]) -> tuple[Settings, tuple[Diagnostic, ...]]:
    """Merge instructions as far as they make sense, and say what does not."""
    state = _Merge()
    for instruction in instructions:
        state.add(instruction)
    parameters = dict(state.parameters)
    if "stop" in parameters:
        parameters["stop"] = tuple(state.stops)
    merged = Settings(
        froms=tuple(state.froms),
        adapters=tuple(state.adapters),
        drafts=tuple(state.drafts),
        template=state.template,
        system=state.system,
        licenses=tuple(state.licenses),
        messages=tuple(state.messages),
        parameters=MappingProxyType(parameters),
        renderer=state.renderer,
        parser=state.parser,
        requires=state.requires,
        labels=MappingProxyType(state.labels),
        tests=tuple(state.tests),
        unsets=tuple(state.unsets),
        quantize=state.quantize,
    )
    return merged, tuple(state.problems)


def unknown_parameter(parameter: Parameter) -> Diagnostic:
    """Return the finding about a parameter that does not exist."""
    place = parameter.place
    if not parameter.name:
        return Diagnostic(
            code=Code.EXTRA_BLANK,
            message="two blanks behind PARAMETER make the parameter's name empty",
            span=place.name or place.keyword,
            hint=f"write one blank: PARAMETER {shorten(parameter.value, quoted=False)}",
        )
    return Diagnostic(
        code=Code.UNKNOWN_PARAMETER,
        message=f"unknown parameter {shorten(parameter.name)}",
        span=place.name or place.keyword,
        hint=did_you_mean(parameter.name, PARAMETERS) or "the parameters are " + ", ".join(sorted(PARAMETERS)),
    )
