"""From text to typed instructions, with all findings at once."""

from __future__ import annotations

from typing import assert_never

from msgspec import field

from olbuild.core.errors import ModelfileError
from olbuild.core.records import Mutable
from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import instruction
from olbuild.language.modelfile.decode import decode
from olbuild.language.modelfile.extensions import extension, flagged, is_extension, staged
from olbuild.language.modelfile.flaws import incomplete, stray_line, stray_text, unclosed, wrong_role
from olbuild.language.modelfile.instructions import Arg, Dialect, From, Include, Instruction, Modelfile, Place
from olbuild.language.modelfile.invisible import dropped_from, invisible_at_end, invisible_in
from olbuild.language.modelfile.lines import lines
from olbuild.language.modelfile.nodes import (
    CommentNode,
    IncompleteNode,
    InstructionNode,
    Node,
    StrayNode,
    UnknownRoleNode,
)
from olbuild.language.modelfile.settings import merge
from olbuild.language.modelfile.traps import traps
from olbuild.language.modelfile.visible import Visible, visible


def parse(data: bytes | str, *, name: str = "Modelfile", dialect: Dialect = "olbuild") -> Modelfile:
    """Parse a Modelfile. ``name`` is what findings call it. Time and memory are linear in its size.

    What the file means once merged, and whether its parameters exist, ``settings`` tells; when there are errors anyway,
    that is looked at too, so that the error holds everything that is wrong.

    Raises:
        ModelfileError: with every error and warning of the file, in the order of their place.
    """
    modelfile, found = analyse(data, name=name, dialect=dialect)
    if any(finding.is_error for finding in found):
        plain = not any(isinstance(each, Arg | Include) for each in modelfile.instructions)
        problems = merge(modelfile.instructions)[1] if plain else ()
        raise ModelfileError(_ordered([*found, *problems]))
    return modelfile


def analyse(
    data: bytes | str, *, name: str = "Modelfile", dialect: Dialect = "olbuild", folder: str = "", part: bool = False
) -> tuple[Modelfile, tuple[Diagnostic, ...]]:
    """Read a Modelfile as far as it can be read, and return all errors and warnings beside it.

    Args:
        data: the bytes of the file, or its text.
        name: what findings call it.
        dialect: how it is read.
        folder: where the file stands, relative to the Modelfile that includes it, with a ``/`` at its end.
        part: whether it is an included file, which needs no FROM.
    """
    source = Source(name, decode(data))
    seen = visible(source.text)
    findings = _Findings(source, seen, dialect, folder, part)
    for node in lines(source, seen, dialect):
        findings.line(node)
    findings.end()
    found = _ordered(findings.found)
    modelfile = Modelfile(
        source=source,
        dialect=dialect,
        instructions=tuple(findings.instructions),
        warnings=tuple(finding for finding in found if not finding.is_error),
    )
    return modelfile, found


def _ordered(findings: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.span.start, finding.code)))


class _Findings(Mutable):
    """Instructions and findings while the lines go by."""

    source: Source
    visible: Visible
    dialect: Dialect
    folder: str
    _from: bool  # whether a line was seen that says what the model is made from, or that none is needed
    instructions: list[Instruction] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    _after: int = 0
    _before: InstructionNode | None = None
    _text: list[StrayNode] = field(default_factory=list)

    def line(self, node: Node) -> None:
        """Take in one line."""
        harm = invisible_in(node, self._after, self.source, self.visible)
        self._after = node.extent.end
        if not isinstance(node, CommentNode):
            self._from = self._from or _is_from(node)
        if harm is not None:
            self.found.append(harm)
            return
        if isinstance(node, StrayNode):
            self._stray(node)
            return
        self._flush()
        match node:
            case CommentNode():
                pass
            case InstructionNode():
                self._instruction(node)
            case UnknownRoleNode():
                self.found.append(wrong_role(node))
                if not node.value.closed:
                    self.found.append(unclosed(node))
            case IncompleteNode():
                self.found.append(incomplete(node))
            case _:
                assert_never(node)

    def end(self) -> None:
        """Take in the end of the file."""
        self._flush()
        harm = invisible_at_end(self._after, self.source, self.visible)
        if harm is not None:
            self.found.append(harm)
        self._from = self._from or any(isinstance(each, From | Include) for each in self.instructions)
        if not self._from:
            self.found.append(no_from(self.source))

    def _instruction(self, node: InstructionNode) -> None:
        self._before = node
        if not node.value.closed:
            self.found.append(unclosed(node))
            return
        typed = self._typed(node)
        if isinstance(typed, Diagnostic):
            self.found.append(typed)
            return
        self.instructions.append(typed)
        self.found.extend(traps(node, typed))
        dropped = dropped_from(node, self.source, self.visible)
        if dropped is not None:
            self.found.append(dropped)

    def _typed(self, node: InstructionNode) -> Instruction | Diagnostic:
        place = Place(
            span=node.span,
            keyword=node.keyword.span,
            name=node.name.span if node.name else None,
            value=node.value.span,
            flags=tuple((flag.name, flag.span) for flag in node.flags),
            folder=self.folder,
        )
        keyword = node.keyword.text.lower()
        if is_extension(keyword):
            return extension(node, place)
        command = {"from": "model", "parameter": node.name.text if node.name else ""}.get(keyword, keyword)
        text = f"{node.name.text}: {node.value.text}" if keyword == "message" and node.name else node.value.text
        typed = instruction(command, text, place)
        if isinstance(typed, From) and self.dialect == "olbuild":
            return staged(typed, node)
        return flagged(typed, node)

    def _stray(self, node: StrayNode) -> None:
        """Report a line that is no instruction; lines of mere text that follow each other are one finding."""
        finding = stray_line(node, self.dialect)
        if finding is None:
            self._text.append(node)
            return
        self._flush()
        self.found.append(finding)

    def _flush(self) -> None:
        if self._text:
            self.found.append(stray_text(self._text[0].span, len(self._text), self._before))
            self._text.clear()


def no_from(source: Source) -> Diagnostic:
    """Return the finding about a Modelfile that does not say what the model is made from."""
    return Diagnostic(
        code=Code.NO_FROM,
        message="there is no FROM",
        span=Span(source, 0, 0),
        hint="say what the model is made from: FROM llama3.2, or FROM ./model.gguf",
    )


def _is_from(node: Node) -> bool:
    """Whether a line, even a flawed one, was most likely meant to be the FROM."""
    return node.span.text[:4].upper() in {"FROM", "FORM", "FRM "}
