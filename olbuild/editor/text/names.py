"""The names of a Modelfile: its arguments and stages, where each is declared and where it is used.

They are read from the lines, so that a file that is half written has them, too. What included files declare is not
known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from olbuild.core.records import Frozen
from olbuild.core.text import Span
from olbuild.language.lint.subject import Page
from olbuild.language.modelfile import Dialect
from olbuild.language.modelfile.arguments import REFERENCE
from olbuild.language.modelfile.extensions import ARGUMENT, STAGE, split_stage
from olbuild.language.modelfile.nodes import InstructionNode, UnknownRoleNode

Kind = Literal["argument", "stage"]


class Named(Frozen, kw_only=True):
    """A place where a name stands: ``[start, end)`` is the name alone.

    ``default`` is that of an argument, as far as it was declared up to here.
    """

    kind: Kind
    name: str
    start: int
    end: int
    declares: bool
    default: str | None = None


def names(page: Page, dialect: Dialect) -> tuple[Named, ...]:
    """Return all places of names, in their order. A name that is used above its declaration is mere text."""
    if dialect == "ollama":
        return ()
    found: list[Named] = []
    arguments: dict[str, str | None] = {}
    stages: set[str] = set()
    for node in page.nodes:
        if not isinstance(node, InstructionNode | UnknownRoleNode):
            continue
        keyword = node.keyword.text.upper()
        flags = node.flags if isinstance(node, InstructionNode) else ()
        if arguments:
            for span in (*(flag.span for flag in flags), node.value.span):
                found += _uses(span, arguments)
        if keyword == "ARG" and isinstance(node, InstructionNode):
            declared = _argument(node)
            if declared is not None:
                found.append(declared)
                arguments[declared.name] = (
                    declared.default if declared.default is not None else arguments.get(declared.name)
                )
        if keyword == "FROM" and isinstance(node, InstructionNode):
            for named in _stages(node, stages):
                found.append(named)
                stages.add(named.name)
    return tuple(sorted(found, key=lambda each: each.start))


def _uses(span: Span, arguments: dict[str, str | None]) -> Iterator[Named]:
    """Yield each ``${NAME}`` of an argument in a part of the source."""
    for match in REFERENCE.finditer(span.source.text, span.start, span.end):
        name = match["name"]
        if name in arguments and not match["escape"]:
            start, end = match.span("name")
            yield Named(kind="argument", name=name, start=start, end=end, declares=False, default=arguments[name])


def _argument(node: InstructionNode) -> Named | None:
    word, default = node.name, node.value.text
    text, span = (word.text, word.span) if word is not None else (node.value.text, node.value.span)
    if not ARGUMENT.fullmatch(text) or span.text[: len(text)] != text:
        return None
    return Named(
        kind="argument",
        name=text,
        start=span.start,
        end=span.start + len(text),
        declares=True,
        default=default if word is not None else None,
    )


def _stages(node: InstructionNode, known: set[str]) -> Iterator[Named]:
    """Yield the stage that a FROM goes on from, and the one that it begins."""
    span = node.value.span
    if node.value.text != span.text:  # in quotes, or with characters that are dropped
        model, stage = node.value.text, None
    else:
        model, stage = split_stage(node.value.text)
    if model in known:
        start = span.start + len(node.value.quote)
        yield Named(kind="stage", name=model, start=start, end=start + len(model), declares=False)
    if stage and STAGE.fullmatch(stage):
        yield Named(kind="stage", name=stage, start=span.end - len(stage), end=span.end, declares=True)
