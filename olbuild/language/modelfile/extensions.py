"""What olbuild adds to the language: its own instructions, flags before a value, and names of stages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import get_args

from olbuild.core.names import Part
from olbuild.core.records import replace
from olbuild.core.text import Diagnostic, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import EXTENSIONS
from olbuild.language.modelfile.hints import did_you_mean, shorten
from olbuild.language.modelfile.instructions import (
    Adapter,
    Arg,
    Extension,
    From,
    Include,
    Instruction,
    Label,
    License,
    Message,
    Place,
    Quantize,
    System,
    Template,
    Test,
    Unset,
)
from olbuild.language.modelfile.nodes import Flag, InstructionNode

TEST_FLAGS = ("name", "contains", "not-contains", "matches", "json-schema", "max-tokens")
"""The flags of TEST."""

PARTS: tuple[Part, ...] = get_args(Part)
_NAMED_PARTS = ("PARAMETER", "LABEL", "TEST")
_SEVERAL = ("contains", "not-contains", "matches")

ARGUMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""The name of an argument."""

_KEY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?")
STAGE = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
"""The name of a stage."""
_AS = re.compile(r"(?P<model>.*?)[ \t]+(?ai:as)(?:[ \t]+(?P<stage>[^ \t]+))?")
"""What FROM names, and the stage that it begins."""


def is_extension(keyword: str) -> bool:
    """Whether a keyword is one that only olbuild knows."""
    return keyword.upper() in EXTENSIONS


def extension(node: InstructionNode, place: Place) -> Extension | Diagnostic:
    """Return the instruction that a line means whose keyword only olbuild knows, or what is wrong with it."""
    return _EXTENSIONS[node.keyword.text.upper()](node, place)


def flagged(instruction: Instruction, node: InstructionNode) -> Instruction | Diagnostic:
    """Return an instruction with its flags, or what is wrong with them."""
    if not node.flags:
        return instruction
    twice = _twice(node.flags, ())
    if twice is not None:
        return twice
    (flag,) = node.flags
    match instruction:
        case Adapter():
            return replace(instruction, scale=flag.value)
        case System() | Template() | License() | Message():
            if not flag.value:
                return _flaw(flag.span, f"--{flag.name} names no file", f"write --{flag.name}=PATH")
            if node.value.text:
                hint = "keep one of them; in quotes, a text may begin with --file="
                return _flaw(node.value.span, "there is a text beside the file", hint)
            return replace(instruction, file=flag.value)
        case _:  # pragma: no cover - the grammar gives no other instruction a flag
            raise TypeError(f"{type(instruction).__name__} has no flags")


def split_stage(text: str) -> tuple[str, str | None]:
    """Return what stands before AS, and the name behind it: empty if there is none, ``None`` if there is no AS."""
    match = _AS.fullmatch(text)
    return (match["model"], match["stage"] or "") if match else (text, None)


def staged(instruction: From, node: InstructionNode) -> From | Diagnostic:
    """Return a FROM with the name of its stage. What is in quotes is all path."""
    model, stage = (instruction.model, None) if node.value.quote else split_stage(instruction.model)
    if stage is None:
        return instruction
    if not STAGE.fullmatch(stage):
        return Diagnostic(
            code=Code.BAD_STAGE,
            message=f"{shorten(stage)} is no name of a stage" if stage else "AS names no stage",
            span=node.value.span,
            hint="a stage is a letter and then letters, digits, and . _ -; a path that holds AS stands in quotes",
        )
    return replace(instruction, model=model, stage=stage)


def _twice(flags: tuple[Flag, ...], several: tuple[str, ...]) -> Diagnostic | None:
    seen: set[str] = set()
    for flag in flags:
        if flag.name in seen and flag.name not in several:
            return _flaw(flag.span, f"--{flag.name} stands here twice", "keep the one that is meant")
        seen.add(flag.name)
    return None


def _flaw(span: Span, message: str, hint: str, code: Code = Code.BAD_FLAG) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=span, hint=hint)


def _arg(node: InstructionNode, place: Place) -> Arg | Diagnostic:
    name = node.name
    text, span = (name.text, name.span) if name is not None else (node.value.text, node.value.span)
    if not text:
        return _missing(node, "ARG size=7b")
    if ARGUMENT.fullmatch(text) and (name is not None or not node.value.quote):
        return Arg(name=text, default=node.value.text if name is not None else None, place=place)
    spaced = re.match(r"([A-Za-z_]\w*)[ \t]+=?[ \t]*(.*)", text, re.ASCII) if name is None else None
    hint = "a name is letters, digits and _, and no digit comes first"
    if spaced:
        hint = f"write ARG {spaced[1]}={shorten(spaced[2], quoted=False)}"
    return _flaw(span, f"{shorten(text)} is no name of an argument", hint, Code.BAD_ARGUMENT)


def _label(node: InstructionNode, place: Place) -> Label | Diagnostic:
    name = node.name
    if name is None and not node.value.text:
        return _missing(node, "LABEL org.opencontainers.image.vendor=me")
    if name is None:
        hint = f"write LABEL {shorten(node.value.text.split()[0], quoted=False)}=VALUE, and no blank beside the ="
        return _flaw(node.value.span, "a label is a key, = and a value", hint, Code.BAD_LABEL)
    if not _KEY.fullmatch(name.text):
        hint = "a key is letters, digits, and . _ / - between them"
        return _flaw(name.span, f"{shorten(name.text)} is no key of a label", hint, Code.BAD_LABEL)
    return Label(key=name.text, value=node.value.text, place=place)


def _include(node: InstructionNode, place: Place) -> Include | Diagnostic:
    return Include(path=node.value.text, place=place) if node.value.text else _missing(node, "INCLUDE common/Modelfile")


def _quantize(node: InstructionNode, place: Place) -> Quantize | Diagnostic:
    return Quantize(type=node.value.text, place=place) if node.value.text else _missing(node, "QUANTIZE Q4_K_M")


def _unset(node: InstructionNode, place: Place) -> Unset | Diagnostic:
    word, _, rest = node.value.text.replace("\t", " ").partition(" ")
    name = rest.strip() or None
    if not word:
        return _missing(node, "UNSET PARAMETER stop")
    part = next((part for part in PARTS if part == word.upper()), None)
    if part is None:
        hint = did_you_mean(word.upper(), PARTS) or "it takes away " + ", ".join(PARTS)
        return _flaw(node.value.span, f"UNSET cannot take away {shorten(word)}", hint, Code.BAD_UNSET)
    if name is not None and part not in _NAMED_PARTS:
        return _flaw(node.value.span, f"{part} has no name behind it", f"write UNSET {part}", Code.BAD_UNSET)
    return Unset(part=part, name=name, place=place)


def _test(node: InstructionNode, place: Place) -> Test | Diagnostic:
    twice = _twice(node.flags, _SEVERAL)
    if twice is not None:
        return twice
    prompt = node.value.text
    if not prompt.strip():
        return _missing(node, 'TEST --contains=Paris "What is the capital of France?"')
    if prompt.startswith("--") and not node.value.quote:
        name = prompt[2:].partition("=")[0].split()[0] if prompt[2:].strip() else ""
        known = [f"--{flag}" for flag in TEST_FLAGS]
        hint = did_you_mean(f"--{name}", known) if f"--{name}" not in known else f"write --{name}=VALUE"
        span = Span(node.value.span.source, node.value.span.start, node.value.span.start + 2 + len(name))
        hint = hint or f"the flags are {', '.join(known)}; a prompt that begins with -- stands in quotes"
        return _flaw(span, f"TEST has no flag --{name}" if f"--{name}" not in known else "a flag has no value", hint)

    def values(flag: str) -> tuple[str, ...]:
        return tuple(each.value for each in node.flags if each.name == flag)

    def value(flag: str) -> str | None:
        return next(iter(values(flag)), None)

    return Test(
        prompt=prompt,
        name=value("name"),
        contains=values("contains"),
        not_contains=values("not-contains"),
        matches=values("matches"),
        json_schema=value("json-schema"),
        max_tokens=value("max-tokens"),
        place=place,
    )


def _missing(node: InstructionNode, example: str) -> Diagnostic:
    keyword = node.keyword
    message = f"{keyword.text.upper()} has no value"
    return _flaw(keyword.span, message, f"write {example}", Code.MISSING_VALUE)


_EXTENSIONS: dict[str, Callable[[InstructionNode, Place], Extension | Diagnostic]] = {
    "ARG": _arg,
    "INCLUDE": _include,
    "LABEL": _label,
    "QUANTIZE": _quantize,
    "TEST": _test,
    "UNSET": _unset,
}
