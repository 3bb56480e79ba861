"""A Jinja template that says which part of it made which characters.

Each part that writes leaves a note just before its text goes out. What a macro, a block that is set, or the inside of
a filter, a call or a recursive loop writes is a value first: its characters belong to where that value goes out.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes

from olbuild.language.template.jinja.places import Place, places
from olbuild.language.template.parts import Part
from olbuild.running.chat.budget import environment_call
from olbuild.running.chat.sandbox import Sandbox, budgeted


def explain(template: str, variables: Mapping[str, object]) -> tuple[Part, ...]:
    """Run a chat template as ``render`` does, and say what made each part; the parts together are that text.

    Raises:
        FormatError, UsageError: as ``render`` does.
    """
    parts = []
    with budgeted():
        sandbox = _Explaining()
        for text in sandbox.from_string(template).generate(variables):
            if text:
                place = sandbox.place
                parts.append(Part(str(text), place.line, place.column, place.kind))
    return tuple(parts)


class _Explaining(Sandbox):
    """An environment for one template and one run. ``place`` is that of the text that goes out next."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Place(1, 0, "")
        self._places: list[Place] = []

    def prepared(self, tree: nodes.Template, source: str) -> nodes.Template:
        """Let each part that writes leave a note, and the whole pay."""
        marker = _Marker(places(self, source, tree), self._places)
        tree.body = marker.body(tree.body)
        return super().prepared(tree, source)

    def note(self, number: int) -> None:
        """Note who writes next."""
        self.place = self._places[number]

    def noted(self, number: int, value: object) -> object:
        """Return a value that is written next."""
        self.place = self._places[number]
        return value


class _Marker:
    """Puts the notes into a tree, where the text of each part goes out by itself."""

    def __init__(self, known: Mapping[int, Place], noted: list[Place]) -> None:
        self._known, self._noted = known, noted

    def body(self, parts: list[nodes.Node]) -> list[nodes.Node]:
        """Return statements with notes between them."""
        return [marked for part in parts for marked in self._marked(part)]

    def _marked(self, node: nodes.Node) -> list[nodes.Node]:
        match node:
            case nodes.Output():
                return [marked for child in node.nodes for marked in self._output(child, child.lineno)]
            case nodes.If():
                node.body, node.else_ = self.body(node.body), self.body(node.else_)
                for each in node.elif_:
                    self._marked(each)
            case nodes.For(recursive=False):
                node.body, node.else_ = self.body(node.body), self.body(node.else_)
            case nodes.With() | nodes.Scope() | nodes.ScopedEvalContextModifier() | nodes.Block():
                node.body = self.body(node.body)
            case nodes.For():
                return [self._note(Place(node.lineno, 0, "recursive loop"), node.lineno), node]
            case nodes.CallBlock() | nodes.FilterBlock():
                kind = "call" if isinstance(node, nodes.CallBlock) else "filter"
                return [self._note(Place(node.lineno, 0, kind), node.lineno), node]
            case _:
                pass
        return [node]

    def _output(self, child: nodes.Expr, line: int) -> list[nodes.Node]:
        place = self._known[id(child)]
        if isinstance(child, nodes.TemplateData):
            return [self._note(place, line), nodes.Output([child], lineno=line)]
        value = environment_call("noted", [self._number(place, line), child], line)
        return [nodes.Output([value], lineno=line)]

    def _note(self, place: Place, line: int) -> nodes.Node:
        return nodes.ExprStmt(environment_call("note", [self._number(place, line)], line), lineno=line)

    def _number(self, place: Place, line: int) -> nodes.Const:
        self._noted.append(place)
        return nodes.Const(len(self._noted) - 1, lineno=line)
