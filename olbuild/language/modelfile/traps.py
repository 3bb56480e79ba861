"""Warnings about what Ollama accepts and hardly anybody means. The meaning stays Ollama's."""

from __future__ import annotations

import re

from olbuild.core.text import Diagnostic, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import EXTENSIONS, KEYWORDS, PROSE, ROLES
from olbuild.language.modelfile.hints import shorten
from olbuild.language.modelfile.instructions import Instruction, Message, Parameter
from olbuild.language.modelfile.nodes import InstructionNode
from olbuild.language.parameters import DEPRECATED

_HEAD = rf"[\r\n][ \t]*(?:{'|'.join(KEYWORDS + EXTENSIONS)})[ \t]"
_INSTRUCTION = re.compile(_HEAD)
_HEAD_AT_END = re.compile(rf"{_HEAD}+(?:[a-z_]+[ \t]+)?\Z")
_COMMENT = re.compile(r"(?:^|[ \t])#")


def traps(node: InstructionNode, instruction: Instruction) -> list[Diagnostic]:
    """Return the warnings about one instruction."""
    found = (
        _swallowed(node),
        _trailing_comment(node, instruction),
        _as_parameter(node, instruction),
        _deprecated(instruction),
        _unchecked_role(instruction),
    )
    return [warning for warning in found if warning is not None]


def _warning(code: Code, message: str, span: Span, hint: str) -> Diagnostic:
    return Diagnostic(code=code, message=message, span=span, hint=hint, severity="warning")


def _swallowed(node: InstructionNode) -> Diagnostic | None:
    """Find a value that runs into what was meant to be further instructions.

    Either a closing quote on its first line has text behind it and so closed nothing, or what closed it was meant to
    open the value of another instruction.
    """
    value = node.value
    if not value.quote or _INSTRUCTION.search(value.text) is None:
        return None
    source = value.span.source
    last, _ = source.position(value.span.end - 1)
    if value.quote in re.split(r"[\r\n]", value.text, maxsplit=1)[0]:
        hint = "a quote closes only at the end of a line: put nothing behind it"
    elif _HEAD_AT_END.search(value.text):
        hint = f"the quote on line {last} closes this one: close it before that line"
    else:
        return None
    return _warning(
        Code.SWALLOWED_INSTRUCTION,
        f"the value goes on to line {last} and takes in what looks like instructions",
        Span(source, value.span.start, value.span.start + len(value.quote)),
        hint,
    )


def _trailing_comment(node: InstructionNode, instruction: Instruction) -> Diagnostic | None:
    if node.keyword.text.upper() in PROSE or (isinstance(instruction, Parameter) and instruction.name == "stop"):
        return None
    match = _COMMENT.search(node.value.text) if not node.value.quote else None
    if match is None:
        return None
    span = node.value.span
    offset = span.text.find("#")
    start = span.start + max(offset, 0)
    message = "the # begins no comment here, it is part of the value"
    return _warning(
        Code.TRAILING_COMMENT, message, Span(span.source, start, span.end), "put the comment on a line of its own"
    )


def _as_parameter(node: InstructionNode, instruction: Instruction) -> Diagnostic | None:
    if node.keyword.text.upper() != "PARAMETER" or isinstance(instruction, Parameter) or node.name is None:
        return None
    if isinstance(instruction, Message) and instruction.role not in ROLES:
        return None  # _unchecked_role says it
    name = "FROM" if node.name.text == "model" else node.name.text.upper()
    message = f"PARAMETER {node.name.text} means {name}"
    return _warning(Code.INSTRUCTION_AS_PARAMETER, message, node.name.span, f"write {name}, which says the same")


def _deprecated(instruction: Instruction) -> Diagnostic | None:
    if not isinstance(instruction, Parameter) or instruction.name not in DEPRECATED:
        return None
    place = instruction.place
    message = f"parameter {instruction.name} is deprecated and ignored"
    return _warning(Code.DEPRECATED_PARAMETER, message, place.name or place.keyword, "remove the line")


def _unchecked_role(instruction: Instruction) -> Diagnostic | None:
    if not isinstance(instruction, Message) or instruction.role in ROLES or instruction.file is not None:
        return None
    message = f"{shorten(instruction.role)} is not a role that models know"
    return _warning(
        Code.UNCHECKED_ROLE,
        message,
        instruction.place.value,
        "write MESSAGE, a role (system, user, assistant) and a text",
    )
