"""How the help of a command looks: usage, what it does, arguments, options, and examples that can be copied."""

from __future__ import annotations

import inspect
import shutil
import textwrap
from collections.abc import Iterable

from typer.core import TyperArgument, TyperCommand, TyperOption

from olbuild.core.text import cells

_WIDEST, _NARROWEST = 100, 30
_COLUMN = 28  # a longer name gets a line of its own


def command_help(command: TyperCommand, path: str, common: Iterable[str]) -> str:
    """Return the help of a typer command.

    Args:
        command: the command; its help is the function's docstring, examples behind a line ``Examples:``.
        path: how it is called, such as ``olbuild build``.
        common: names of the parameters that every command has; they come last.
    """
    width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    text, _, examples = inspect.cleandoc(command.help or "").partition("Examples:\n")
    arguments = [parameter for parameter in command.params if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in command.params if isinstance(parameter, TyperOption)]
    shared = set(common)
    lines = textwrap.wrap(
        f"Usage: {path} {' '.join(['[OPTIONS]', *map(_usage, arguments)])}", width, subsequent_indent="         "
    )
    for paragraph in text.strip().split("\n\n"):
        lines += ["", *textwrap.wrap(" ".join(paragraph.replace("``", "").split()), width)]
    lines += _section("Arguments", [(_usage(argument), argument.help or "") for argument in arguments], width)
    own = [(_names(option), _meaning(option)) for option in options if option.name not in shared]
    every = [(_names(option), _meaning(option)) for option in options if option.name in shared]
    lines += _section("Options", own, width)
    lines += _section("Options of every command", [*every, ("-h, --help", "Show this.")], width)
    if examples:
        lines += ["", "Examples:", *(f"  {line}".rstrip() for line in inspect.cleandoc(examples).splitlines())]
    return "\n".join(lines) + "\n"


def examples_of(documentation: str) -> list[str]:
    """Return the example lines of a command's docstring, comments included."""
    _, _, examples = inspect.cleandoc(documentation).partition("Examples:\n")
    return inspect.cleandoc(examples).splitlines()


def _usage(argument: TyperArgument) -> str:
    name = f"{argument.metavar}{'...' if argument.nargs != 1 else ''}"
    return name if argument.required else f"[{name}]"


def _names(option: TyperOption) -> str:
    short = [name for name in option.opts if not name.startswith("--")]
    long = [name for name in option.opts if name.startswith("--")]
    value = "" if option.is_flag else f" {option.metavar}"
    return ", ".join([*short, *long]) + value


def _meaning(option: TyperOption) -> str:
    notes = []
    if option.multiple:
        notes.append("several times")
    if option.default and not option.is_flag and isinstance(option.default, str):
        notes.append(f"default: {option.default}")
    note = f" [{', '.join(notes)}]" if notes else ""
    return (option.help or "") + note


def _section(title: str, rows: list[tuple[str, str]], width: int) -> list[str]:
    if not rows:
        return []
    column = min(max(cells(name) for name, _ in rows) + 4, _COLUMN, width // 2)
    lines = ["", f"{title}:"]
    for name, meaning in rows:
        wrapped = textwrap.wrap(meaning, max(width - column, 10)) or [""]
        head = f"  {name}"
        if cells(head) + 2 > column:
            lines.append(head)
        else:
            lines.append(head + " " * (column - cells(head)) + wrapped.pop(0))
        lines += [" " * column + line for line in wrapped]
    return lines
