"""What is left of a template for the last turn of a conversation: everything behind ``.Response`` is cut away.

Ollama renders a template without ``.Messages`` once a turn, and the last time up to the place where the model's answer
begins (template.go, Execute and deleteNode). The cut goes through pipelines, too: in ``{{ .Response | json }}`` the
second command loses its function, and with it the whole action. It looks at bodies and actions, not at conditions,
calls of definitions, or ``$.Response``.

In one case Ollama panics: a cut in one branch with another branch behind it. Here that branch is cut by itself.
"""

from __future__ import annotations

from olbuild.core.records import replace
from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Branch,
    Command,
    Expression,
    Field,
    If,
    Node,
    Pipeline,
    Range,
    With,
)


def cut_at_response(body: Body) -> Body:
    """Return a body up to the first ``.Response`` in it, and with that."""
    return _Cut().body(body)


class _Cut:
    """One walk in the order of the text."""

    def __init__(self) -> None:
        self._done = False

    def body(self, nodes: Body) -> Body:
        kept = []
        for node in nodes:
            if self._done:
                break
            left = self._node(node)
            if left is not None:
                kept.append(left)
        return tuple(kept)

    def _node(self, node: Node) -> Node | None:
        match node:
            case If() | With():
                branches = tuple(Branch(branch.pipeline, self._apart(branch.body)) for branch in node.branches)
                otherwise = None if node.otherwise is None else self._apart(node.otherwise)
                self._done = self._done or self._found
                return replace(node, branches=branches, otherwise=otherwise)
            case Range():
                content = self._apart(node.body)
                otherwise = None if node.otherwise is None else self._apart(node.otherwise)
                self._done = self._done or self._found
                return replace(node, body=content, otherwise=otherwise)
            case Action():
                pipeline = self._pipeline(node.pipeline)
                return None if pipeline is None else replace(node, pipeline=pipeline)
            case _:
                return node

    _found = False

    def _apart(self, nodes: Body) -> Body:
        """Cut one of several branches by itself, and remember that there was something to cut."""
        inner = _Cut()
        kept = inner.body(nodes)
        self._found = self._found or inner._done
        return kept

    def _pipeline(self, node: Pipeline) -> Pipeline | None:
        commands = []
        for command in node.commands:
            arguments = [left for each in command.arguments if (left := self._argument(each)) is not None]
            if not arguments:
                return None
            commands.append(Command(tuple(arguments), command.span))
        return replace(node, commands=tuple(commands))

    def _argument(self, node: Expression) -> Expression | None:
        if self._done:
            return None
        if isinstance(node, Field) and "Response" in node.names:
            self._done = True
        return self._pipeline(node) if isinstance(node, Pipeline) else node
