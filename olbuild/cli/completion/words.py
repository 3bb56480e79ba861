"""What can be completed, gathered from the commands themselves."""

from __future__ import annotations

from typing import Literal

from typer.core import TyperArgument, TyperOption

from olbuild.cli.parse import make_command
from olbuild.cli.table import COMMANDS
from olbuild.core.records import Frozen

Kind = Literal["nothing", "names", "files", "folders", "choices"]

_KINDS: dict[str, Kind] = {"SRC": "names", "NAME": "names", "FILE": "files", "DIR": "folders", "SHELL": "choices"}
_SHELLS = ("bash", "zsh", "fish")


class Words(Frozen, kw_only=True):
    """What may stand in one place."""

    kind: Kind
    choices: tuple[str, ...] = ()


class Flag(Frozen, kw_only=True):
    """An option: its spellings, its help, and what its value may be; ``None`` if it takes none."""

    names: tuple[str, ...]
    meaning: str
    value: Words | None


class Described(Frozen, kw_only=True):
    """A command: its words, a line about it, its options, and what its first argument may be."""

    words: tuple[str, ...]
    line: str
    flags: tuple[Flag, ...]
    argument: Words


def describe() -> tuple[Described, ...]:
    """Describe every command; loads all of them."""
    described = []
    for entry in COMMANDS:
        command = make_command(entry)
        arguments = [parameter for parameter in command.params if isinstance(parameter, TyperArgument)]
        options = [parameter for parameter in command.params if isinstance(parameter, TyperOption)]
        flags = [Flag(names=tuple(option.opts), meaning=option.help or "", value=_value(option)) for option in options]
        flags.append(Flag(names=("--help", "-h"), meaning="Show the help.", value=None))
        first = _words(arguments[0].metavar) if arguments else Words(kind="nothing")
        described.append(
            Described(words=tuple(entry.name.split()), line=entry.line, flags=tuple(flags), argument=first)
        )
    return tuple(described)


def _value(option: TyperOption) -> Words | None:
    return None if option.is_flag else _words(option.metavar)


def _words(metavar: str | None) -> Words:
    metavar = metavar or ""
    if "|" in metavar:
        return Words(kind="choices", choices=tuple(metavar.split("|")))
    kind = _KINDS.get(metavar, "nothing")
    return Words(kind=kind, choices=_SHELLS if kind == "choices" else ())
