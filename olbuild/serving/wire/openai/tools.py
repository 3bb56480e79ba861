"""Tools and the choice among them, as the OpenAI API has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from olbuild.core.errors import UsageError

PlainTool: TypeAlias = dict[str, Any]
Mode: TypeAlias = Literal["auto", "none", "required"]


class Function(msgspec.Struct, kw_only=True):
    """A function; ``parameters`` is a JSON Schema, and none means no parameters."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None

    def plain(self) -> PlainTool:
        """Return the tool as templates know it."""
        parameters = self.parameters if self.parameters is not None else {"type": "object", "properties": {}}
        about = {} if self.description is None else {"description": self.description}
        return {"type": "function", "function": {"name": self.name, **about, "parameters": parameters}}


class Tool(msgspec.Struct, kw_only=True):
    """A tool of a chat completion."""

    type: str | None = None
    function: Function | None = None


class Name(msgspec.Struct, kw_only=True):
    """The name of a function."""

    name: str


class Named(msgspec.Struct, kw_only=True):
    """A function that is meant: chat completions have its name in ``function``, responses beside the type."""

    type: str | None = None
    name: str | None = None
    function: Name | None = None

    @property
    def meant(self) -> str | None:
        """Which one, if one is."""
        return self.function.name if self.function is not None else self.name


class Allowed(msgspec.Struct, kw_only=True):
    """Some of the tools, and whether one must be called."""

    mode: Literal["auto", "required"] | None = None
    tools: list[Named] | None = None


class Choice(Named, kw_only=True):
    """A choice that is more than a word: one function, or some (``allowed_tools``)."""

    mode: Literal["auto", "required"] | None = None
    tools: list[Named] | None = None
    allowed_tools: Allowed | None = None


def plain_tools(tools: Iterable[Tool] | None) -> tuple[PlainTool, ...]:
    """Return the tools of a chat completion.

    Raises:
        UsageError: if one is no function.
    """
    found = []
    for number, tool in enumerate(tools or ()):
        if tool.type not in (None, "function") or tool.function is None:
            raise UsageError(f"$.tools[{number}] is no function: tools of the type {tool.type!r} are not supported")
        found.append(tool.function.plain())
    return tuple(found)


def choose(choice: Mode | Choice | None, tools: Sequence[PlainTool]) -> tuple[str, tuple[PlainTool, ...]]:
    """Return which call is wanted, as ``Chat.tool_choice`` has it, and the tools that may be called.

    Raises:
        UsageError: if a function is meant that is not there, or one is required and there is none.
    """
    kept = tuple(tools)
    match choice:
        case None:
            return "auto", kept
        case str():
            wanted: str = choice
        case Choice(type="allowed_tools"):
            allowed = choice.allowed_tools or Allowed(mode=choice.mode, tools=choice.tools)
            names = [each.meant for each in allowed.tools or ()]
            for name in names:
                _require(name, kept)
            kept = tuple(tool for tool in kept if tool["function"]["name"] in names)
            wanted = allowed.mode or "auto"
        case Choice(type=None | "function"):
            wanted = _require(choice.meant, kept)
        case Choice():
            raise UsageError(f"$.tool_choice is of the type {choice.type!r}, which is not supported")
    if wanted == "required" and not kept:
        raise UsageError("$.tool_choice requires a call, and there are no tools")
    return wanted, kept


def _require(name: str | None, tools: Sequence[PlainTool]) -> str:
    if name is None or all(tool["function"]["name"] != name for tool in tools):
        raise UsageError(f"$.tool_choice names the function {name!r}, which is not among the tools")
    return name
