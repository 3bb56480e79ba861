"""Nodes of Go as lines of Jinja. Every tag strips the blanks beside it, and literal text stands in quotes."""

from __future__ import annotations

from collections.abc import Mapping

from olbuild.core.text import Span
from olbuild.language.template.portable.exits import Exits, leaves
from olbuild.language.template.portable.expressions import Expressions
from olbuild.language.template.portable.literals import failure, literal
from olbuild.language.template.portable.loops import elements, same_type
from olbuild.language.template.portable.scope import Scope
from olbuild.language.template.portable.texts import distribute, printed, single, truth
from olbuild.language.template.portable.types import (
    ANY,
    INT,
    TEXT,
    Choice,
    NotPortable,
    Root,
    Term,
    Value,
)
from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Branch,
    Break,
    Call,
    Continue,
    If,
    Node,
    Pipeline,
    Range,
    Text,
    With,
)

_DEEPEST_LOOP = 12  # Jinja makes Python of it, which has a limit of 20
_DEEPEST = 60
_DEEPEST_CALL = 20


class Writer:
    """Writes the lines of one template."""

    def __init__(self, definitions: Mapping[str, Body]) -> None:
        """Keep the definitions, which are written where they are called."""
        self.lines: list[str] = []
        self._definitions = definitions
        self._indent = 0
        self._loops = 0
        self._exits: list[Exits] = []
        self._calls = 0

    def body(self, nodes: Body, scope: Scope, dot: Value) -> None:
        """Write nodes."""
        self._indent += 1
        if self._indent > _DEEPEST:
            raise NotPortable("actions that are nested too deeply")
        for number, node in enumerate(nodes, start=1):
            self._node(node, scope, dot)
            rest = nodes[number:]
            if rest and leaves(node):
                if not isinstance(node, Break | Continue):
                    self.line(f"{{%- if not {self._exits[-1].skipped} -%}}", scope)
                    self.body(rest, scope, dot)
                    self.line("{%- endif -%}", scope)
                break
        self._indent -= 1

    def line(self, text: str, scope: Scope) -> None:
        """Write one line."""
        scope.needs.room -= 1 + len(text) // 500
        if scope.needs.room < 0:
            raise NotPortable("definitions that call each other too often")
        self.lines.append("  " * max(0, self._indent - 1) + text)

    def _node(self, node: Node, scope: Scope, dot: Value) -> None:
        with scope.at(node.span):
            match node:
                case Text(text=text):
                    self.line(f"{{{{- {literal(text)} -}}}}", scope)
                case Action():
                    self._action(node, scope, dot)
                case If():
                    self._branches(list(node.branches), node.otherwise, scope, dot)
                case With():
                    self._with(list(node.branches), node.otherwise, scope, dot)
                case Range():
                    self._range(node, scope, dot)
                case Call():
                    self._call(node, scope, dot)
                case Break() | Continue():
                    for flag in self._exits[-1].flags(node):
                        self.line(f"{{%- set {flag} = true -%}}", scope)

    def _action(self, node: Action, scope: Scope, dot: Value) -> None:
        value = Expressions(scope, dot).pipeline(node.pipeline)
        if node.pipeline.declared:
            self._bind(node.pipeline, value, scope)
        else:
            text = printed(value, scope.use)
            if text != "''":
                self.line(f"{{{{- {text} -}}}}", scope)

    def _bind(self, pipeline: Pipeline, value: Value, scope: Scope) -> Value:
        """Declare or assign the variables of a pipeline, and return the value as the rest of the node sees it."""
        for name in pipeline.declared:
            if pipeline.assigns:
                self._assign(name, value, scope)
            else:
                value = self._declare(name, value, pipeline.span, scope)
        return value

    def _assign(self, name: str, value: Value, scope: Scope) -> None:
        term = single(value)
        target = scope.assign(name, term.type)
        self.line(f"{{%- set {target.code} = {term.code} -%}}", scope)

    def _declare(self, name: str, value: Value, span: Span, scope: Scope) -> Value:
        place = (span.start, name)
        if isinstance(value, Root):
            scope.declare(name, value, place)
            return value
        term = _one(value, scope)
        if not isinstance(term, Term):
            scope.declare(name, term, place)
            return term
        fresh = scope.fresh(name)
        code = f"go.{fresh}" if name in scope.needs.assigned else fresh
        known = scope.declared_type(place, term.type) if name in scope.needs.assigned else term.type
        self.line(f"{{%- set {code} = {term.code} -%}}", scope)
        bound = Term(code, known)
        scope.declare(name, bound, place)
        return bound

    def _branches(self, branches: list[Branch], otherwise: Body | None, scope: Scope, dot: Value) -> None:
        """Write ``if``. A condition that declares a variable needs a line of its own, so it begins a nested one."""
        with scope.block():
            first, *rest = branches
            value = Expressions(scope, dot).pipeline(first.pipeline)
            value = self._bind(first.pipeline, value, scope)
            self.line(f"{{%- if {truth(value)} -%}}", scope)
            with scope.block():
                self.body(first.body, scope, dot)
            while rest and not rest[0].pipeline.declared:
                branch = rest.pop(0)
                self.line(f"{{%- elif {truth(Expressions(scope, dot).pipeline(branch.pipeline))} -%}}", scope)
                with scope.block():
                    self.body(branch.body, scope, dot)
            if rest:
                self.line("{%- else -%}", scope)
                self._indent += 1
                self._branches(rest, otherwise, scope, dot)
                self._indent -= 1
            elif otherwise:
                self.line("{%- else -%}", scope)
                self.body(otherwise, scope, dot)
            self.line("{%- endif -%}", scope)

    def _with(self, branches: list[Branch], otherwise: Body | None, scope: Scope, dot: Value) -> None:
        with scope.block():
            first, *rest = branches
            value = Expressions(scope, dot).pipeline(first.pipeline)
            value = self._bind(first.pipeline, value, scope)
            if not isinstance(value, Root) and not first.pipeline.declared:
                value = _one(value, scope)
                if isinstance(value, Term):
                    fresh = scope.fresh("with")
                    self.line(f"{{%- set {fresh} = {value.code} -%}}", scope)
                    value = Term(fresh, value.type, value.known)
            self.line(f"{{%- if {truth(value)} -%}}", scope)
            self.body(first.body, scope, value)
            if rest or otherwise:
                self.line("{%- else -%}", scope)
            if rest:
                self._indent += 1
                self._with(rest, otherwise, scope, dot)
                self._indent -= 1
            elif otherwise:
                self.body(otherwise, scope, dot)
            self.line("{%- endif -%}", scope)

    def _range(self, node: Range, scope: Scope, dot: Value) -> None:
        with scope.block():
            value = distribute(Expressions(scope, dot).pipeline(node.pipeline), lambda term: term)
            self._loops += 1
            if self._loops > _DEEPEST_LOOP:
                raise NotPortable("loops that are nested too deeply")
            self._loop_over(node, value, scope, dot)
            self._loops -= 1

    def _loop_over(self, node: Range, value: Value, scope: Scope, dot: Value) -> None:
        """Write a loop, or one for each of the types that the value may have."""
        if not isinstance(value, Choice) or same_type(value):
            self._loop(node, single(value), scope, dot)
            return
        self.line(f"{{%- if {value.condition} -%}}", scope)
        self._loop_over(node, value.then, scope, dot)
        self.line("{%- else -%}", scope)
        self._loop_over(node, value.otherwise, scope, dot)
        self.line("{%- endif -%}", scope)

    def _loop(self, node: Range, over: Term, scope: Scope, dot: Value) -> None:
        kind = over.type.kind
        if kind in {"nothing", "missing"}:
            self.body(node.otherwise or (), scope, dot)  # there is nothing to range over, whatever the conversation
            return
        two = len(node.pipeline.declared) > 1
        if kind in {"error", "text", "bool", "float"} or (kind == "int" and two):
            self.line(f"{{{{- {over.code if kind == 'error' else failure('this cannot be ranged over')} -}}}}", scope)
            return
        exits = Exits.of(node.body, scope)
        for line in exits.before():
            self.line(line, scope)
        index, item = self._head(node, over, scope)
        self._exits.append(exits)
        with scope.block():
            values = [index or item, item] if two else [item]
            for name, value in zip(node.pipeline.declared, values, strict=False):
                self._each(name, value, node.pipeline, scope)
            for line in exits.first():
                self.line(line, scope)
            self.body(node.body, scope, item)
            for line in exits.last():
                self.line(line, scope)
        self._exits.pop()
        if node.otherwise:
            self.line("{%- else -%}", scope)
            self.body(node.otherwise, scope, dot)
        self.line("{%- endfor -%}", scope)

    def _head(self, node: Range, over: Term, scope: Scope) -> tuple[Term | None, Term]:
        """Write the line that begins a loop, and return what its index and its elements are."""
        names = node.pipeline.declared
        element = scope.fresh(names[-1] if names else "item")
        item = Term(element, over.type.element or ANY)
        match over.type.kind:
            case "map":
                key = scope.fresh(names[0] if len(names) > 1 else "key")
                self.line(f"{{%- for {key}, {element} in {over.code}|dictsort(true) -%}}", scope)
                return Term(key, TEXT), item
            case "list":
                index = Term(scope.fresh(names[0]), INT) if len(names) > 1 else None
                self.line(f"{{%- for {element} in {elements(over)} -%}}", scope)
                if index:
                    self.line(f"  {{%- set {index.code} = loop.index0 -%}}", scope)
                return index, item
            case "int":
                self.line(f"{{%- for {element} in range({over.code}) -%}}", scope)
                return None, Term(element, INT)
            case _:
                raise NotPortable("a range over a value of unknown type")

    def _each(self, name: str, value: Term, pipeline: Pipeline, scope: Scope) -> None:
        """Give a variable of a loop its value for one pass."""
        if pipeline.assigns:
            self._assign(name, value, scope)
        elif name in scope.needs.assigned:
            self._declare(name, value, pipeline.span, scope)
        else:
            scope.declare(name, value, (pipeline.span.start, name))

    def _call(self, node: Call, scope: Scope, dot: Value) -> None:
        content = self._definitions.get(node.name)
        if content is None:
            self.line(f"{{{{- {failure(f'the template {node.name} is not defined')} -}}}}", scope)
            return
        self._calls += 1
        if self._calls > _DEEPEST_CALL:
            raise NotPortable("a definition that calls itself")
        value = Expressions(scope, dot).pipeline(node.pipeline)
        value = self._bind(node.pipeline, value, scope)
        self.body(content, scope.definition(value), value)
        self._calls -= 1


def _one(value: Value, scope: Scope) -> Value:
    """Return one term for a value that is not yet stored, or the value itself if its type depends on a condition.

    Then the condition is asked wherever the value is used, which must not come after an assignment.
    """
    try:
        return single(value)
    except NotPortable:
        if scope.needs.assigned:
            raise
        return value
