"""Where in its text each part of a template stands that writes something. Jinja's tree knows lines only.

Its lexer gives the text back token by token, without the blanks that markers and whole lines of tags strip, and with
one kind of line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import Environment, nodes

from olbuild.core.records import Frozen
from olbuild.core.text import Source
from olbuild.language.template.jinja.walk import walk
from olbuild.language.template.parts import TEXT

_LINE_END = re.compile(r"\r\n|\r|\n")


class Place(Frozen):
    """A line and a column, from 1 (column 0 is unknown), and what stands there: ``text``, or an expression."""

    line: int
    column: int
    kind: str


def places(environment: Environment, text: str, tree: nodes.Template) -> dict[int, Place]:
    """Return the place of each child of each output of a tree, by ``id``."""
    children = [child for node in walk(tree) if isinstance(node, nodes.Output) for child in node.nodes]
    found = list(_writing(environment, text))
    if len(found) != len(children):  # {% print a, b %} has several outputs and no signs of its own
        found = [Place(child.lineno, 0, _kind(child)) for child in children]
    return {id(child): place for child, place in zip(children, found, strict=True)}


def _kind(child: nodes.Node) -> str:
    return TEXT if isinstance(child, nodes.TemplateData) else "expression"


def _writing(environment: Environment, text: str) -> Iterator[Place]:
    source = Source("", _LINE_END.sub("\n", text))
    at, opened = 0, None
    for _, kind, value in environment.lexer.tokeniter(text, None):
        start = source.text.find(value, at)
        if start < 0:  # the lexer of another version of Jinja may give something else back
            return
        at = start + len(value)
        if kind == "data" and value:
            yield Place(*source.position(start), TEXT)
        elif kind == "variable_begin":
            opened = (start, at)
        elif kind == "variable_end" and opened is not None:
            yield Place(*source.position(opened[0]), source.text[opened[1] : start].strip("-+ \t\n"))
            opened = None
