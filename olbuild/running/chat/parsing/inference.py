"""What a Go template writes around thoughts, as Ollama infers it (thinking/template.go)."""

from __future__ import annotations

from collections.abc import Iterator

from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Branch,
    Call,
    Expression,
    Field,
    If,
    Pipeline,
    Range,
    Text,
    With,
)
from olbuild.language.template.syntax.parse import GoTemplate


def around_thinking(template: GoTemplate) -> tuple[str, str]:
    """Return the texts that begin and end thoughts; nothing for what is not there.

    They are the first and the last node of the innermost list of nodes around ``.Thinking``, if they are text, where
    the innermost range around it is one over ``.Messages``. What is found later counts.
    """
    begin = end = ""
    for body in _lists(template.body, over_messages=False):
        if isinstance(body[0], Text):
            begin = body[0].text.strip()
        if isinstance(body[-1], Text):
            end = body[-1].text.strip()
    return begin, end


def _lists(body: Body, *, over_messages: bool) -> Iterator[Body]:
    """Yield the list around each field that is meant, in the order of the text."""
    for node in body:
        match node:
            case Action(pipeline=pipeline) | Call(pipeline=pipeline):
                yield from _hits(pipeline, body, over_messages=over_messages)
            case If() | With():
                yield from _branches(node.branches, body, over_messages=over_messages)
                yield from _lists(node.otherwise or (), over_messages=over_messages)
            case Range():
                messages = "Messages" in set(_fields(node.pipeline))
                yield from _hits(node.pipeline, body, over_messages=messages)
                yield from _lists(node.body, over_messages=messages)
                yield from _lists(node.otherwise or (), over_messages=messages)
            case _:
                pass


def _branches(branches: tuple[Branch, ...], body: Body, *, over_messages: bool) -> Iterator[Body]:
    for branch in branches:
        yield from _hits(branch.pipeline, body, over_messages=over_messages)
        yield from _lists(branch.body, over_messages=over_messages)


def _hits(pipeline: Pipeline, body: Body, *, over_messages: bool) -> Iterator[Body]:
    if over_messages and "Thinking" in set(_fields(pipeline)):
        yield body


def _fields(expression: Expression) -> Iterator[str]:
    """Yield the first names of the fields in an expression; fields of variables do not count."""
    match expression:
        case Field(names=names):
            yield names[0]
        case Pipeline(commands=commands):
            for command in commands:
                for argument in command.arguments:
                    yield from _fields(argument)
        case _:
            pass
