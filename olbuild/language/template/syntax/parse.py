"""From text to a template: the tree, its definitions, and the names it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from olbuild.core.records import Frozen
from olbuild.core.text import Source, Span
from olbuild.language.template.codes import Code
from olbuild.language.template.syntax.flaws import TemplateFlaw
from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Call,
    Command,
    Expression,
    Field,
    If,
    Node,
    Pipeline,
    Range,
    Text,
    Variable,
    With,
)
from olbuild.language.template.syntax.tree import read

_LONGEST = 1 << 17  # characters, half a second of work; the longest template seen has 25,000


class GoTemplate(Frozen, kw_only=True, eq=False):
    """A parsed template.

    ``body`` is what is rendered: where neither ``.Messages`` nor ``.Response`` is mentioned, Ollama adds
    ``{{ .Response }}`` at the end, and so does it. ``definitions`` are the bodies of ``define`` and ``block`` by name,
    with ``body`` itself under the empty name. ``names`` are the fields and variables that it mentions, in lower case.
    """

    source: Source
    body: Body
    definitions: Mapping[str, Body]
    names: frozenset[str]

    @property
    def uses_messages(self) -> bool:
        """Whether it sees the conversation as a list; if not it is rendered turn by turn."""
        return "messages" in self.names


def parse_template(text: str, name: str = "TEMPLATE") -> GoTemplate:
    """Parse a Go template as Ollama does; ``name`` is shown in errors.

    Raises:
        TemplateFlaw: a ModelfileError with one diagnostic (OLB150 to OLB157), if it is none.
    """
    source = Source(name, text)
    if len(text) > _LONGEST:
        message = f"the template has {len(text)} characters, and {_LONGEST} are the most"
        raise TemplateFlaw(Code.TOO_DEEP, message, Span(source, 0, 0))
    body, found = read(source)
    definitions: dict[str, Body] = {}
    for defined, content, span in (*found, ("", body, Span(source, 0, 0))):
        _define(definitions, defined, content, span)
    body = definitions[""]
    names = frozenset(used.lower() for content in definitions.values() for node in content for used in _names_in(node))
    if not names & {"messages", "response"}:
        end = Span(source, len(text), len(text))
        command = Command((Field(("Response",), end),), end)
        body = (*body, Action(Pipeline((command,), (), False, end), end))  # noqa: FBT003 - assigns nothing
        definitions[""] = body
        names |= {"response"}
    return GoTemplate(source=source, body=body, definitions=definitions, names=names)


def _define(definitions: dict[str, Body], name: str, content: Body, span: Span) -> None:
    """Add a definition (parse.go, Tree.add): one with nothing but blanks replaces none, and is replaced by any."""
    if _is_empty(definitions.get(name, ())):
        definitions[name] = content
    elif not _is_empty(content):
        raise TemplateFlaw(Code.BAD_DEFINITION, f'the template "{name}" is defined twice', span)


def _is_empty(body: Body) -> bool:
    return all(isinstance(node, Text) and not node.text.strip() for node in body)


def _names_in(node: Node) -> Iterator[str]:
    """Yield the names that Ollama sees in a node (template.go, Identifiers).

    It looks into pipelines and parentheses, and not at fields behind a parenthesis, nor at variables declared.
    """
    match node:
        case Action(pipeline=pipeline) | Call(pipeline=pipeline):
            yield from _names_of(pipeline)
        case If() | With():
            for branch in node.branches:
                yield from _names_of(branch.pipeline)
                yield from _names_in_all(branch.body)
            yield from _names_in_all(node.otherwise or ())
        case Range():
            yield from _names_of(node.pipeline)
            yield from _names_in_all(node.body)
            yield from _names_in_all(node.otherwise or ())
        case _:
            return


def _names_in_all(body: Body) -> Iterator[str]:
    for node in body:
        yield from _names_in(node)


def _names_of(expression: Expression) -> Iterator[str]:
    match expression:
        case Field():
            yield from expression.names
        case Variable():
            yield expression.name
            yield from expression.names
        case Pipeline():
            for command in expression.commands:
                for argument in command.arguments:
                    yield from _names_of(argument)
        case _:
            return
