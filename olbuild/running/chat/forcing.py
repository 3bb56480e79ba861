"""Calls of functions that must come: what a model may write, as a grammar in the way of its family. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from olbuild.core.errors import UsageError
from olbuild.running.constraints.json_text import SCHEMA_OPTIONS
from olbuild.running.constraints.relaxing import relaxed
from olbuild.running.constraints.schema import read_schema
from olbuild.running.requests import Grammar

_MOST_CALLS = 8
_PARTS = re.compile("«(.*?)»|⟨(.*?)⟩|([^«⟨]+)")
_ANY = {"type": "object"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Syntax:
    """How a family writes calls. In ``call``, ``NAME`` and ``ARGUMENTS`` stand for those; control tokens are in ``«»``.

    Attributes:
        call: one call; a regular expression in ``⟨⟩`` is for what the model chooses.
        before: what may stand before all, since it follows thoughts.
        begin, end: what stands before the first and behind the last one.
        between: what stands between two; ``None`` if there is only one in an answer.
    """

    call: str = '{"name": "NAME", "arguments": ARGUMENTS}'
    before: str = ""
    begin: str = ""
    end: str = ""
    between: str | None = ", "


_JSON = _Syntax(between=None)
_HERMES = _Syntax(begin="«<tool_call>»\n", between="\n«</tool_call>»\n«<tool_call>»\n", end="\n«</tool_call>»")
_DEEPSEEK = "<\N{FULLWIDTH VERTICAL LINE}tool▁{}\N{FULLWIDTH VERTICAL LINE}>"
_SYNTAXES: Mapping[str, _Syntax] = MappingProxyType(
    {
        "json": _JSON,
        "hermes": _HERMES,
        "llama3-json": _Syntax(call='{"name": "NAME", "parameters": ARGUMENTS}', between=None),
        "functionary-v3.1": _Syntax(call="<function=NAME>ARGUMENTS</function>", between="\n"),
        "functionary-v3.2": _Syntax(call="NAME\nARGUMENTS", between=">>>"),  # the prompt ends with the first mark
        "mistral": _Syntax(begin="«[TOOL_CALLS]»[", end="]"),
        "command-r7b": _Syntax(
            begin="«<|START_ACTION|>»[\n    ",
            call='{"tool_call_id": "0", "tool_name": "NAME", "parameters": ARGUMENTS}',
            between=",\n    ",
            end="\n]«<|END_ACTION|>»",
        ),
        "command-r": _Syntax(
            begin="Action: ```json\n[\n    ",
            call='{"tool_name": "NAME", "parameters": ARGUMENTS}',
            between=",\n    ",
            end="\n]```",
        ),
        "deepseek": _Syntax(
            begin=f"«{_DEEPSEEK.format('calls▁begin')}»",
            call=f"«{_DEEPSEEK.format('call▁begin')}»NAME«{_DEEPSEEK.format('sep')}»ARGUMENTS"
            f"«{_DEEPSEEK.format('call▁end')}»",
            between="",
            end=f"«{_DEEPSEEK.format('calls▁end')}»",
        ),
        "kimi-k2": _Syntax(
            begin="«<|tool_calls_section_begin|>»",
            call="«<|tool_call_begin|>»functions.NAME:0«<|tool_call_argument_begin|>»ARGUMENTS«<|tool_call_end|>»",
            between=None,
            end="«<|tool_calls_section_end|>»",
        ),
        "kimi-k3": _Syntax(
            before="«<|open|>»response«<|sep|>»«<|close|>»response«<|sep|>»",
            begin="«<|open|>»tools«<|sep|>»",
            call='«<|open|>»call tool="NAME" index="1"«<|sep|>»«<|open|>»json type="object"«<|sep|>»ARGUMENTS'
            "«<|close|>»json«<|sep|>»«<|close|>»call«<|sep|>»",
            between=None,
            end="«<|close|>»tools«<|sep|>»",
        ),
        "solar-open": _Syntax(
            before="«<|begin|>»assistant",
            begin="«<|tool_calls|>»",
            call="«<|tool_call:begin|>»⟨[a-z0-9]{10}⟩«<|tool_call:name|>»NAME«<|tool_call:args|>»ARGUMENTS"
            "«<|tool_call:end|>»",
            between="",
            end="«<|calls|>»",
        ),
        "granite": _Syntax(begin="«<|tool_call|>»[", end="]"),
        "nemotron-v2": _Syntax(begin="«<TOOLCALL>»[", end="]«</TOOLCALL>»"),
        "apertus": _Syntax(begin="«<|tools_prefix|>»[", call='{"NAME": ARGUMENTS}', end="]«<|tools_suffix|>»"),
        "gigachat": _Syntax(begin="«<|function_call|>»", between=None),
        "gigachat-3": _Syntax(begin="«<|message_sep|>»\n\nfunction call«<|role_sep|>»\n", between=None),
        "functools": _Syntax(begin="functools[", end="]"),
        "harmony": _Syntax(
            before="«<|start|>»assistant",
            call="«<|channel|>»commentary to=functions.NAME «<|constrain|>»json«<|message|>»ARGUMENTS",
            between=None,
        ),
    }
)
"""By the names of ``olbuild.running.chat.parsing``. All others read JSON alone in front of an answer as well."""


def force_calls(tools: Sequence[Mapping[str, Any]], tool_choice: str, *, parallel: bool, syntax: str) -> Grammar:
    """Return the grammar of an answer that is one call, or several, and nothing else.

    The arguments follow the schema of the function's parameters. What that asks and cannot be enforced is left out,
    unless the function is ``strict``.

    Args:
        tools: the tools of the request, as the HTTP APIs have them.
        tool_choice: ``required``, or the name of the function that must be called, once.
        parallel: whether one answer may have several calls.
        syntax: the family in whose way the model calls (``Chosen.call_syntax``).

    Raises:
        UsageError: if there is no such function, or its parameters are no JSON Schema.
    """
    functions = [function for tool in tools if (function := _function(tool)) is not None]
    if tool_choice != "required":
        functions = [function for function in functions if function["name"] == tool_choice][:1]
    if not functions:
        wanted = f"the function {tool_choice!r}" if tool_choice != "required" else "a function"
        raise UsageError(f"{wanted} must be called, and there is none among the tools", hint="name one of the tools")
    how = _SYNTAXES.get(syntax, _JSON)
    rules = []
    for number, function in enumerate(functions):
        name, behind = (_literal(part, function["name"]) for part in how.call.split("ARGUMENTS"))
        rules.append(f"call{number}: {name} arguments{number} {behind}")
        rules.append(f"arguments{number}: %json {json.dumps(_parameters(function))}")
    more = ""
    if parallel and tool_choice == "required" and how.between is not None:
        more = f"({_literal(how.between)} call){{0,{_MOST_CALLS - 1}}}"
    before = f"({_literal(how.before)})?" if how.before else ""
    start = f"start: {before} {_literal(how.begin)} call {more} {_literal(how.end)}"
    choice = "call: " + " | ".join(f"call{number}" for number in range(len(functions)))
    return Grammar(kind="lark", text="\n".join([start, choice, *rules]) + "\n")


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any] | None:
    function = tool.get("function", tool)
    return function if isinstance(function, Mapping) and isinstance(function.get("name"), str) else None


def _parameters(function: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of the arguments, which are an object whatever it says."""
    asked = function.get("parameters") or _ANY
    strict = function.get("strict") is True
    try:
        schema = read_schema(json.dumps(asked if strict else relaxed(asked)))
    except UsageError as error:
        raise UsageError(
            f"the parameters of the function {function['name']}: {error.message}", hint=error.hint
        ) from None
    if "type" not in schema and "$ref" not in schema:
        schema = {"type": "object", **schema}
    return {"x-guidance": {**SCHEMA_OPTIONS, "lenient": not strict}, **schema}


def _literal(text: str, name: str = "") -> str:
    """Return a text in Lark, with a name in it, its control tokens as ``Constraints`` resolves them."""
    parts: list[str] = []
    for token, expression, plain in _PARTS.findall(text):
        written = (token or plain).replace("NAME", json.dumps(name, ensure_ascii=False)[1:-1])
        quoted = json.dumps(written, ensure_ascii=False)
        parts.append(f"<{{{quoted}}}>" if token else f"/{expression}/" if expression else quoted)
    return " ".join(parts)
