"""Nodes become Python functions that write to an execution (text/template/exec.go, walk)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import assert_never

from olbuild.language.template.evaluate.expressions import pipeline, set_variable
from olbuild.language.template.evaluate.run import MOST_CALLS, Run, Step
from olbuild.language.template.evaluate.weight import weight
from olbuild.language.template.go.errors import GoError, TooMuch
from olbuild.language.template.go.printing import printed
from olbuild.language.template.go.values import INVALID, Byte, Map, Slice, Value, is_true, type_name
from olbuild.language.template.syntax.nodes import (
    Action,
    Body,
    Break,
    Call,
    Continue,
    If,
    Node,
    Range,
    Text,
    With,
)

_PRINTED = 8  # steps for a value that is no text, and characters of it that cost one more
_SORTED = 8  # keys of a map that are sorted in the time of a step


def body(nodes: Body, *, noting: bool = False) -> Step:
    """Return what runs nodes one after the other, until one of them leaves the loop around.

    ``noting`` lets each node that writes leave a note beside its output.
    """
    steps = tuple(_step(node, noting) for node in nodes)
    cost = weight(nodes)
    characters = sum(len(node.text) for node in nodes if isinstance(node, Text))

    def run_all(run: Run, dot: Value) -> str | None:
        run.pay(cost, characters)
        for step in steps:
            signal = step(run, dot)
            if signal is not None:
                return signal
        return None

    return run_all


def _step(node: Node, noting: bool) -> Step:  # noqa: FBT001 - as the others
    match node:
        case Text():
            return _noted(_text(node), node) if noting else _text(node)
        case Action():
            return _noted(_action(node), node) if noting else _action(node)
        case If() | With():
            return _branches(node, noting)
        case Range():
            return _range(node, noting)
        case Call():
            return _call(node)
        case Break():
            return lambda _run, _dot: "break"
        case Continue():
            return lambda _run, _dot: "continue"
        case _:
            assert_never(node)


def _noted(step: Step, node: Text | Action) -> Step:
    def run_noted(run: Run, dot: Value) -> None:
        step(run, dot)
        if len(run.notes) < len(run.output):  # a declaration writes nothing
            run.notes.append(node)

    return run_noted


def _text(node: Text) -> Step:
    text = node.text
    return lambda run, _dot: run.output.append(text)


def _action(node: Action) -> Step:
    evaluate = pipeline(node.pipeline)
    if node.pipeline.declared:

        def declare(run: Run, dot: Value) -> None:
            evaluate(run, dot)

        return declare

    def write(run: Run, dot: Value) -> None:
        value = evaluate(run, dot)
        if type(value) is str:
            run.write(value)
            return
        text = printed(value)
        run.pay(_PRINTED + len(text) // _PRINTED, 0)
        run.write(text)

    return write


def _branches(node: If | With, noting: bool) -> Step:  # noqa: FBT001
    branches = [(pipeline(branch.pipeline), body(branch.body, noting=noting)) for branch in node.branches]
    otherwise = body(node.otherwise or (), noting=noting)
    changes_dot = isinstance(node, With)

    def run_one(run: Run, dot: Value) -> str | None:
        mark = len(run.names)
        for condition, content in branches:
            value = condition(run, dot)
            if is_true(value):
                signal = content(run, value if changes_dot else dot)
                break
        else:
            signal = otherwise(run, dot)
        del run.names[mark:], run.values[mark:]
        return signal

    return run_one


def _range(node: Range, noting: bool) -> Step:  # noqa: FBT001
    collection, content = pipeline(node.pipeline), body(node.body, noting=noting)
    otherwise = body(node.otherwise or (), noting=noting)
    names, span = node.pipeline.declared, node.pipeline.span

    def bind(run: Run, mark: int, index: Value, element: Value) -> None:
        if not names:
            return
        if node.pipeline.assigns:
            values = (index, element) if len(names) > 1 else (element,)
            for name, value in zip(names, values, strict=True):
                set_variable(run, name, value, span)
            return
        run.values[mark - 1] = element
        if len(names) > 1:
            run.values[mark - 2] = index

    def run_each(run: Run, dot: Value) -> str | None:
        before = len(run.names)
        try:
            pairs = _pairs(run, collection(run, dot), two=len(names) > 1)
        except GoError as error:
            error.span = error.span or span
            raise
        mark = len(run.names)
        empty, signal = True, None
        try:
            for index, element in pairs:
                empty = False
                bind(run, mark, index, element)
                left = content(run, element)
                del run.names[mark:], run.values[mark:]
                if left == "break":
                    break
        except GoError as error:
            error.span = error.span or span
            raise
        if empty:
            signal = otherwise(run, dot)
        del run.names[before:], run.values[before:]
        return signal

    return run_each


def _pairs(run: Run, value: Value, *, two: bool) -> Iterable[tuple[Value, Value]]:
    """Return what ``range`` sees of a value: indexes or keys, and elements."""
    match value:
        case Slice():
            return enumerate(value.items or ())
        case Map():
            entries = value.entries or {}
            run.pay(len(entries) // _SORTED, 0)
            return [(key, entries[key]) for key in sorted(entries)]
        case int() if not isinstance(value, bool):
            if two:
                raise GoError(f"can't use {value} to iterate over more than one variable")
            return _numbers(value)
        case _ if value is INVALID:
            return ()
        case _:
            raise GoError(f"range can't iterate over a value of type {type_name(value)}")


def _numbers(count: int) -> Iterator[tuple[Value, Value]]:
    make = Byte if isinstance(count, Byte) else int
    for number in range(count):
        yield INVALID, make(number)


def _call(node: Call) -> Step:
    evaluate, name, span = pipeline(node.pipeline), node.name, node.span

    def run_definition(run: Run, dot: Value) -> None:
        content = run.bodies.get(name)
        if content is None:
            error = GoError(f'the template "{name}" is not defined')
            error.span = span
            raise error
        value = evaluate(run, dot)
        if run.depth >= MOST_CALLS:
            deep = TooMuch(f"templates call each other more than {MOST_CALLS} deep")
            deep.span = span
            raise deep
        names, values = run.names, run.values
        run.names, run.values = ["$"], [value]
        run.depth += 1
        try:
            content(run, value)
        except GoError as error:
            error.span = error.span or span
            raise
        run.depth -= 1
        run.names, run.values = names, values

    return run_definition
