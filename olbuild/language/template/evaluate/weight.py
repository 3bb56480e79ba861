"""What it costs to run nodes once: how many parts their expressions have. Bodies inside of them pay for themselves."""

from __future__ import annotations

from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Call,
    Chain,
    Expression,
    If,
    Node,
    Pipeline,
    Range,
    With,
)


def weight(nodes: Body) -> int:
    """Return the cost of nodes, at least 1."""
    return 1 + sum(map(_node, nodes))


def _node(node: Node) -> int:
    match node:
        case If() | With():
            return 1 + sum(_expression(branch.pipeline) for branch in node.branches)
        case Action() | Range() | Call():
            return 1 + _expression(node.pipeline)
        case _:
            return 1


def _expression(node: Expression) -> int:
    match node:
        case Pipeline():
            return 1 + sum(_expression(part) for command in node.commands for part in command.arguments)
        case Chain():
            return 1 + _expression(node.of)
        case _:
            return 1
