"""The grammar of an answer that is one call, or several, and nothing else. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from olbuild.core.errors import UsageError
from olbuild.running.chat.forcing.function import Function
from olbuild.running.chat.forcing.parts import Unwritable
from olbuild.running.chat.forcing.rules import Rules, marked
from olbuild.running.chat.forcing.syntaxes import JSON, SYNTAXES, UNREAD, Syntax
from olbuild.running.requests import Grammar

_MOST_CALLS = 8


def force_calls(tools: Sequence[Mapping[str, Any]], tool_choice: str, *, parallel: bool, syntax: str) -> Grammar:
    """Return the grammar of an answer that is one call, or several, and nothing else.

    The arguments follow the schema of the function's parameters. What that asks and cannot be enforced is left out,
    unless the function is ``strict``. A function that the family has no way to call is called in JSON.

    Args:
        tools: the tools of the request, as the HTTP APIs have them.
        tool_choice: ``required``, or the name of the function that must be called, once.
        parallel: whether one answer may have several calls.
        syntax: the family in whose way the model calls (``Chosen.call_syntax``).

    Raises:
        UsageError: if there is no such function, its parameters are no JSON Schema, or its name cannot be written.
    """
    wanted = [tool for tool in tools if tool_choice in ("required", _name(tool))]
    functions = [function for tool in wanted if (function := Function.of(tool)) is not None]
    if not functions:
        which = f"the function {tool_choice!r}" if tool_choice != "required" else "a function"
        raise UsageError(f"{which} must be called, and there is none among the tools", hint="name one of the tools")
    functions = functions if tool_choice == "required" else functions[:1]
    many = parallel and tool_choice == "required"
    grammar = _Grammar(functions, many=many)
    for how in SYNTAXES.get(syntax, (JSON,)):
        grammar.add(how)
    if grammar.left and syntax not in UNREAD:
        grammar.add(JSON)
    if grammar.left:
        name = grammar.left[0].name
        raise UsageError(f"models of the family {syntax} have no way to call {name!r}", hint="give it another name")
    return Grammar(kind="lark", text=grammar.text)


class _Grammar:
    def __init__(self, functions: Sequence[Function], *, many: bool) -> None:
        self._functions, self._many = functions, many
        self._rules = Rules()
        self._answers: list[str] = []
        self.left = list(functions)
        """Those that no way so far can call."""

    def add(self, how: Syntax) -> None:
        """Add a way to call: all functions, or in JSON those that are left."""
        functions = list(self.left) if how is JSON else self._functions
        calls = [call for one in functions if (call := self._call(one, how))]
        if not calls:
            return
        call = self._rules.rule(" | ".join(calls))
        more = ""
        if self._many and how.between is not None:
            more = f"({marked(how.between)} {call}){{0,{_MOST_CALLS - 1}}}"
        before = f"({marked(how.before)})?" if how.before else ""
        self._answers.append(f"{before} {marked(how.begin)} {call} {more} {marked(how.end)}")

    def _call(self, function: Function, how: Syntax) -> str:
        """Return a call of a function, and take note that there is a way to call it; nothing if there is none."""
        if not how.names.fullmatch(function.name):
            return ""
        rules = self._rules.fork()
        try:
            arguments = how.arguments(function, rules)
        except Unwritable:
            return ""
        self._rules = rules
        if function in self.left:
            self.left.remove(function)
        name = json.dumps(function.name, ensure_ascii=False)[1:-1]
        before, behind = (marked(part, NAME=name) for part in how.call.split("ARGUMENTS"))
        return rules.rule(f"{before} {arguments} {behind}")

    @property
    def text(self) -> str:
        return f"start: {' | '.join(self._answers)}\n{self._rules.text}"


def _name(tool: Mapping[str, Any]) -> object:
    function = tool.get("function", tool)
    return function.get("name") if isinstance(function, Mapping) else None
