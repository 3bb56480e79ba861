"""ARG: names that are declared in a Modelfile, what they stand for, and how a text is written with them.

``${NAME}`` and ``${NAME:-text}`` are replaced once, and only for names that are declared above; ``$${NAME}`` is the
literal. Every other ``$`` stays. What is put in is never looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from olbuild.core.errors import UsageError
from olbuild.core.records import Mutable, replace
from olbuild.core.text import LARGEST_TEXT, Diagnostic
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import did_you_mean
from olbuild.language.modelfile.instructions import (
    Adapter,
    Arg,
    Draft,
    From,
    Include,
    Instruction,
    Label,
    License,
    Message,
    Parameter,
    Parser,
    Quantize,
    Renderer,
    Requires,
    System,
    Template,
    Test,
    Unset,
)

REFERENCE = re.compile(r"(?P<escape>\$?)\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<otherwise>:-[^}]*)?\}")
"""``${NAME}`` in its forms."""

_Known = TypeVar("_Known", bound=Instruction)

# What of an instruction is a value. Names (of parameters, stages, keys of labels) and roles are not.
_VALUES: Mapping[type, tuple[str, ...]] = {
    Adapter: ("path", "scale"),
    Arg: ("default",),
    Draft: ("path",),
    From: ("model",),
    Include: ("path",),
    Label: ("value",),
    License: ("text", "file"),
    Message: ("content", "file"),
    Parameter: ("value",),
    Parser: ("name",),
    Quantize: ("type",),
    Renderer: ("name",),
    Requires: ("version",),
    System: ("text", "file"),
    Template: ("text", "file"),
    Test: ("prompt", "name", "contains", "not_contains", "matches", "json_schema", "max_tokens"),
    Unset: ("name",),
}


class TooLarge(Exception):
    """A value would become larger than any text that is read."""


class _Argument(Mutable):
    arg: Arg
    value: str | None
    used: bool = False


class Arguments:
    """The arguments of a build, while its instructions go by."""

    def __init__(self, given: Mapping[str, str]) -> None:
        """Know what was given from outside, which wins over every default."""
        self._given = given
        self._declared: dict[str, _Argument] = {}
        self._missing: dict[str, Arg] = {}

    @property
    def declared(self) -> tuple[str, ...]:
        """The names that were declared so far."""
        return tuple(self._declared)

    def declare(self, arg: Arg) -> None:
        """Take in an ARG whose own default was substituted. One without a default keeps what is known of the name."""
        before = self._declared.get(arg.name)
        value = self._given.get(arg.name, arg.default)
        if value is None and before is not None:
            value = before.value
        self._declared[arg.name] = _Argument(arg, value)

    def substitute(self, instruction: _Known) -> _Known | None:
        """Return an instruction with its values written out; ``None`` if one needs an argument that has no value.

        Raises:
            TooLarge: if a value would be larger than 64 MiB.
        """
        changed: dict[str, object] = {}
        for name in _VALUES[type(instruction)]:
            value: str | tuple[str, ...] | None = getattr(instruction, name)
            texts = value if isinstance(value, tuple) else () if value is None else (value,)
            written = [self._write(text) for text in texts]
            if None in written:
                return None
            if written != list(texts):
                changed[name] = tuple(written) if isinstance(value, tuple) else written[0]
        return replace(instruction, **changed) if changed else instruction  # type: ignore[arg-type] # names of texts

    def problems(self) -> Iterator[Diagnostic]:
        """Yield an error for each argument that was needed, or never used, and has no value."""
        unused = {name: each.arg for name, each in self._declared.items() if each.value is None and not each.used}
        for name, arg in {**unused, **self._missing}.items():
            yield Diagnostic(
                code=Code.NO_ARGUMENT,
                message=f"the argument {name} has no value",
                span=arg.place.name or arg.place.value,
                hint=f"give one with --build-arg {name}=VALUE, or a default: ARG {name}=VALUE, or ${{{name}:-VALUE}}",
            )

    def _write(self, text: str) -> str | None:
        """Write a text out; ``None`` if it needs an argument that has no value."""
        if "${" not in text or not self._declared:
            return text
        parts: list[str] = []
        after = size = 0
        for match in REFERENCE.finditer(text):
            argument = self._declared.get(match["name"])
            if argument is None:
                continue
            value = match[0][1:] if match["escape"] else self._value(argument, match["otherwise"])
            if value is None:
                return None
            parts += [text[after : match.start()], value]
            after = match.end()
            size += len(value)
            if size > LARGEST_TEXT:
                raise TooLarge
        return "".join([*parts, text[after:]])

    def _value(self, argument: _Argument, otherwise: str | None) -> str | None:
        argument.used = True
        if otherwise is not None:
            return argument.value or otherwise.removeprefix(":-")
        if argument.value is None:
            self._missing.setdefault(argument.arg.name, argument.arg)
        return argument.value


def require_declared(given: Mapping[str, str], declared: tuple[str, ...]) -> None:
    """Refuse arguments that no ARG declares.

    Raises:
        UsageError: with the first one, and what was probably meant.
    """
    for name in given:
        if name not in declared:
            known = f"the arguments are {', '.join(declared)}" if declared else "the Modelfile declares no argument"
            raise UsageError(f"no ARG declares the argument {name}", hint=did_you_mean(name, declared) or known)
