"""What a rule looks at: a Modelfile without syntax errors, its lines, its merged meaning, and the facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from olbuild.core.text import Source, Span
from olbuild.language.lint.facts import Facts
from olbuild.language.modelfile import Dialect, Instruction, Modelfile, Parameter, Settings, Template
from olbuild.language.modelfile.lines import lines
from olbuild.language.modelfile.nodes import InstructionNode, Node
from olbuild.language.modelfile.stages import Stage
from olbuild.language.modelfile.visible import Visible, visible

_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A text and its lines, flawed ones included."""

    source: Source
    visible: Visible = field(repr=False)
    nodes: tuple[Node, ...] = field(repr=False)

    @classmethod
    def read(cls, source: Source, dialect: Dialect) -> Page:
        """Split a text into lines."""
        seen = visible(source.text)
        return cls(source=source, visible=seen, nodes=tuple(lines(source, seen, dialect)))

    def dropped_near(self, offset: int) -> list[int]:
        """Return the offsets of all characters that are dropped from the value around an offset."""
        for node in self.nodes:
            if node.extent.body <= offset < node.extent.end:
                return self.visible.dropped_between(node.extent.body, node.extent.end)
        return []

    def dropped_from(self, offset: int) -> list[int]:
        """Return an offset and those behind it, as long as their characters are dropped, too."""
        end = offset + 1
        while self.visible.dropped_between(end, end + 1):
            end += 1
        return list(range(offset, end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One Modelfile under examination.

    ``data`` are its bytes. The instructions of ``modelfile`` are its own, with their arguments written out; those that
    need an argument without a value are left out. ``stages`` has those of included files, too, and ``settings`` is what
    they mean together for the last stage.
    """

    data: bytes = field(repr=False)
    page: Page
    modelfile: Modelfile
    stages: tuple[Stage, ...]
    settings: Settings
    facts: Facts

    @property
    def source(self) -> Source:
        """The decoded text."""
        return self.modelfile.source

    @property
    def instructions(self) -> Iterator[tuple[InstructionNode, Instruction]]:
        """Each instruction with its line."""
        own = {each.place.span.start: each for each in self.modelfile.instructions}
        for node in self.page.nodes:
            instruction = own.get(node.span.start)
            if isinstance(node, InstructionNode) and instruction is not None:
                yield node, instruction

    def all(self, kind: type[_Kind]) -> list[_Kind]:
        """Return the instructions of a kind, in their order."""
        return [each for each in self.modelfile.instructions if isinstance(each, kind)]

    def parameters(self, name: str) -> list[Parameter]:
        """Return each PARAMETER of a name in all stages, in their order."""
        said = (each for stage in self.stages for each in stage.instructions)
        return [each for each in said if isinstance(each, Parameter) and each.name == name]

    def number(self, name: str) -> float | None:
        """Return the value of a numeric parameter that counts, or ``None`` if the file does not set it."""
        value = self.settings.parameters.get(name)
        return value if isinstance(value, int | float) else None

    @property
    def context(self) -> int | None:
        """The size of the context in tokens, as far as it is known and makes sense."""
        asked = self.number("num_ctx")
        return int(asked) if asked is not None and asked > 0 else self.facts.context_length

    def stops(self) -> list[Parameter]:
        """Return each ``PARAMETER stop``."""
        return self.parameters("stop")


def within(template: Template, start: int, end: int) -> Span:
    """Return where a part of a template stands in the file; the keyword, if characters were dropped from the text."""
    span = template.place.value
    at = span.text.find(template.text)
    if at < 0 or not template.text:
        return template.place.keyword
    return Span(span.source, span.start + at + start, span.start + at + end)


def inside(span: Span, start: int, end: int) -> Span:
    """Return a part of a span; offsets count from its beginning."""
    return Span(span.source, span.start + start, span.start + end)
