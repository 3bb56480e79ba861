"""Rules about arguments, stages, and what a file takes away."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.core.text import Span
from olbuild.language.lint.edits import remove
from olbuild.language.lint.facts import Facts
from olbuild.language.lint.subject import Subject
from olbuild.language.lint.topic import Example, Remark, rule
from olbuild.language.modelfile import (
    Arg,
    From,
    Include,
    Instruction,
    Label,
    Parser,
    Renderer,
    Requires,
    System,
    Template,
    Unset,
)
from olbuild.language.modelfile.arguments import REFERENCE
from olbuild.language.modelfile.extensions import split_stage
from olbuild.language.modelfile.hints import closest, shorten
from olbuild.language.modelfile.nodes import InstructionNode

_REPLACED: dict[str, type[Instruction]] = {
    "SYSTEM": System,
    "TEMPLATE": Template,
    "RENDERER": Renderer,
    "PARSER": Parser,
    "REQUIRES": Requires,
}


def _uses(subject: Subject) -> Iterator[tuple[str, Span]]:
    """Yield each ``${NAME}`` in a value of the file, with its place."""
    if subject.modelfile.dialect != "olbuild":
        return
    for node in subject.page.nodes:
        if not isinstance(node, InstructionNode):
            continue
        start = node.flags[0].span.start if node.flags else node.value.span.start
        text = node.span.source.text[start : node.value.span.end]
        for match in REFERENCE.finditer(text):
            if not match["escape"]:
                yield match["name"], Span(node.span.source, start + match.start(), start + match.end())


def _declared(subject: Subject) -> dict[str, Arg]:
    return {each.name: each for each in reversed(subject.all(Arg))}


@rule(
    "OLB341",
    "argument-before-arg",
    "warning",
    reason="An argument is known from its ARG on. Above that, ${NAME} is text.",
    triggers="FROM llama3.2:3b\nSYSTEM You have ${size} parameters.\nARG size=3b\n",
    passes="ARG size=3b\nFROM llama3.2:${size}\n",
)
def argument_before_arg(subject: Subject) -> Iterator[Remark]:
    """Find arguments that are used above their declaration."""
    declared = _declared(subject)
    for name, span in _uses(subject):
        arg = declared.get(name)
        if arg is not None and span.start < arg.place.span.start:
            line, _ = subject.source.position(arg.place.span.start)
            message = f"this stays as it is: {name} is declared only on line {line}"
            yield Remark(span=span, message=message, hint=f"put ARG {name} above")


@rule(
    "OLB342",
    "unused-argument",
    "warning",
    reason="The argument makes no difference, whatever it is given.",
    triggers="ARG size=3b\nFROM llama3.2:3b\n",
    passes="ARG size=3b\nFROM llama3.2:${size}\n",
)
def unused_argument(subject: Subject) -> Iterator[Remark]:
    """Find arguments that no value uses; in a file with INCLUDE, another one may."""
    used = {name for name, _ in _uses(subject)}
    if subject.all(Include):
        return
    for each in subject.all(Arg):
        if each.name not in used:
            hint = f"use it as ${{{each.name}}}, or take the ARG away"
            fix = remove(each.place.span, f"ARG {each.name}")
            yield Remark(span=each.place.span, message=f"nothing uses {each.name}", hint=hint, fix=fix)


@rule(
    "OLB343",
    "undeclared-argument",
    "warning",
    reason="Only declared names are replaced. This one looks like one of them, misspelt.",
    triggers="ARG size=3b\nFROM llama3.2:${size}\nSYSTEM You have ${sizes} parameters.\n",
    passes="ARG size=3b\nFROM llama3.2:${size}\nSYSTEM You have ${size} parameters.\n",
)
def undeclared_argument(subject: Subject) -> Iterator[Remark]:
    """Find names that are close to an argument and are none."""
    declared = _declared(subject)
    for name, span in _uses(subject):
        meant = closest(name, declared) if name not in declared else None
        if meant is not None:
            yield Remark(span=span, message=f"no ARG declares {name}", hint=f'did you mean "{meant}"?')


@rule(
    "OLB344",
    "unset-beside-value",
    "note",
    reason="What a file says itself takes the place of what it inherits anyway; UNSET takes nothing more away.",
    triggers="FROM me/base:1\nUNSET SYSTEM\nSYSTEM Be brief.\n",
    passes="FROM me/base:1\nSYSTEM Be brief.\n",
)
def unset_beside_value(subject: Subject) -> Iterator[Remark]:
    """Find UNSET of a part that the same stage sets."""
    for stage in subject.stages:
        kinds = {type(each) for each in stage.instructions}
        for each in stage.instructions:
            if isinstance(each, Unset) and _REPLACED.get(each.part) in kinds:
                fix = remove(each.place.span, "the UNSET without effect")
                message = f"there is a {each.part} here, which takes its place anyway"
                yield Remark(span=each.place.span, message=message, hint="take the UNSET away", fix=fix)


@rule(
    "OLB345",
    "unset-of-nothing",
    "warning",
    reason="A file of weights brings nothing that UNSET could take away; that is for models that FROM names.",
    triggers=Example(data=b"FROM ./model.gguf\nUNSET SYSTEM\n", facts=Facts(present=frozenset({"./model.gguf"}))),
    passes="FROM me/base:1\nUNSET SYSTEM\n",
    needs_facts=True,
)
def unset_of_nothing(subject: Subject) -> Iterator[Remark]:
    """Find UNSET in a stage that is made of files only."""
    for stage in subject.stages:
        named = [each.model for each in stage.instructions if isinstance(each, From)]
        if stage.parent is not None or not named or not subject.facts.present.issuperset(named):
            continue
        for each in stage.instructions:
            if isinstance(each, Unset):
                hint = "take it away, or name the model that brings one in FROM"
                yield Remark(span=each.place.span, message=f"there is no {each.part} to take away", hint=hint)


@rule(
    "OLB346",
    "unused-stage",
    "note",
    reason="No stage goes on from this one, so that it is built only where --target names it.",
    triggers="FROM llama3.2:3b AS small\nFROM llama3.2:1b AS tiny\n",
    passes="FROM llama3.2:3b AS base\nFROM base\nSYSTEM Be brief.\n",
)
def unused_stage(subject: Subject) -> Iterator[Remark]:
    """Find stages that nothing needs."""
    parents = {stage.parent for stage in subject.stages}
    for stage in subject.stages[:-1]:
        if stage.name not in parents and stage.begin is not None:
            message = f"nothing goes on from the stage {stage.name or 'that begins here'}"
            yield Remark(span=stage.begin.place.span, message=message, hint="build it with --target, or take it away")


@rule(
    "OLB347",
    "repeated-label",
    "warning",
    reason="A label has one value: of several the last one counts.",
    triggers="FROM llama3.2:3b\nLABEL team=a\nLABEL team=b\n",
    passes="FROM llama3.2:3b\nLABEL team=b\n",
)
def repeated_label(subject: Subject) -> Iterator[Remark]:
    """Find labels that a later one takes the place of."""
    for stage in subject.stages:
        said = [each for each in stage.instructions if isinstance(each, Label)]
        last = {each.key: each for each in said}
        for each in said:
            if each is not last[each.key]:
                fix = remove(each.place.span, "the label without effect")
                message = f"a later LABEL sets {each.key} again"
                yield Remark(span=each.place.span, message=message, hint="keep one of them", fix=fix)


@rule(
    "OLB348",
    "stage-as-name",
    "warning",
    reason="Ollama knows no stages: AS and what follows are part of the name, and no model has one like that.",
    triggers=Example(data=b"FROM ./model.gguf AS base\n", dialect="ollama"),
    passes="FROM ./model.gguf AS base\n",
)
def stage_as_name(subject: Subject) -> Iterator[Remark]:
    """Find AS in the dialect of Ollama."""
    for node, each in subject.instructions:
        if subject.modelfile.dialect != "ollama" or not isinstance(each, From) or node.value.quote:
            continue
        _, stage = split_stage(each.model)
        if stage is not None:
            hint = "build it in the dialect olbuild, or print it without: olbuild build --print modelfile"
            yield Remark(span=each.place.value, message=f"{shorten(each.model)} is all name here", hint=hint)


RULES = (
    argument_before_arg,
    unused_argument,
    undeclared_argument,
    unset_beside_value,
    unset_of_nothing,
    unused_stage,
    repeated_label,
    stage_as_name,
)
