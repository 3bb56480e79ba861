"""``printf``: Go's verbs, flags, widths and the marks that it leaves for mistakes (fmt/print.go, fmt/format.go)."""

from __future__ import annotations

import re
from typing import cast

from olbuild.language.template.go.directives import Directive
from olbuild.language.template.go.errors import LARGEST_TEXT, TooMuch
from olbuild.language.template.go.fields import Flags, float_field, integer_field, pad, text_field
from olbuild.language.template.go.methods import as_text
from olbuild.language.template.go.values import INVALID, Byte, Map, Nil, Slice, Struct, Value, type_name

_DIRECTIVE = re.compile(r"%([#0+\- ]*)")
_ADDRESS = "0xc000000000"
"""What stands for the address of a pointer. Go prints the real one, which is another in each run."""


class Pieces(list[str]):
    """Pieces of one text, of a bounded length in all: ``%1000000d`` is short to write."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._room = LARGEST_TEXT

    def append(self, piece: str, /) -> None:
        """Add a piece.

        Raises:
            TooMuch: if the text becomes too long.
        """
        self._room -= len(piece)
        if self._room < 0:
            raise TooMuch("it makes a text that is too long")
        super().append(piece)


class Printer:
    """Writes values. One printer for one text."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._pieces = Pieces()
        self._flags = Flags()
        self._in_error = False

    @property
    def text(self) -> str:
        """What is written so far."""
        return "".join(self._pieces)

    def format(self, form: str, values: tuple[Value, ...]) -> None:
        """Write values as a format says (print.go, doPrintf)."""
        position, number, reordered = 0, 0, False
        write = self._pieces.append
        while match := _DIRECTIVE.search(form, position):
            write(form[position : match.start()])
            directive = Directive(form, match, number, values)
            position, number = directive.end, directive.number
            reordered = reordered or directive.reordered
            write("".join(directive.complaints))
            self._flags = directive.flags
            if not directive.verb:
                write("%!(NOVERB)")
                break
            if directive.verb == "%":
                write("%")
            elif not directive.good:
                write(f"%!{directive.verb}(BADINDEX)")
            elif number >= len(values):
                write(f"%!{directive.verb}(MISSING)")
            else:
                self.argument(values[number], directive.verb)
                number += 1
        else:
            write(form[position:])
        if not reordered and number < len(values):
            self._flags = Flags()
            write("%!(EXTRA ")
            for index, value in enumerate(values[number:]):
                write(", " if index else "")
                self._typed(value)
            write(")")

    def _typed(self, value: Value) -> None:
        if value is None or value is INVALID:
            self._pieces.append("<nil>")
            return
        self._pieces.append(type_name(value) + "=")
        self.argument(value, "v")

    def argument(self, value: Value, verb: str) -> None:
        """Write one value with a verb (print.go, printArg)."""
        if value is None or value is INVALID:
            if verb in "Tv":
                self._pieces.append(pad("<nil>", self._flags))
            else:
                self._bad(value, verb)
        elif verb == "T":
            self._pieces.append(text_field(type_name(value), "s", self._flags) or "")
        elif verb == "p":
            self._pointer(value, verb)
        else:
            self._value(value, verb, 0)

    def _bad(self, value: Value, verb: str) -> None:
        self._in_error = True
        self._pieces.append(f"%!{verb}(")
        self._typed(value)
        self._pieces.append(")")
        self._in_error = False

    def _value(self, value: Value, verb: str, depth: int) -> None:
        if verb == "w":
            self._bad(value, verb)
            return
        if not self._in_error and not self._flags.go_syntax and verb in "vsxXq":
            text = as_text(value)
            if text is not None:
                self._pieces.append(text_field(text, verb, self._flags) or "")
                return
        written: str | None
        match value:
            case bool():
                written = pad("true" if value else "false", self._flags) if verb in "tv" else None
            case int():
                written = integer_field(value, verb, self._flags, signed=not isinstance(value, Byte))
            case float():
                written = float_field(value, verb, self._flags)
            case complex():
                written = self._complex(value, verb)
            case str():
                written = text_field(value, verb, self._flags)
            case _:
                self._composite(value, verb, depth)
                return
        if written is None:
            self._bad(value, verb)
        else:
            self._pieces.append(written)

    def _complex(self, value: complex, verb: str) -> str | None:
        real = float_field(value.real, verb, self._flags)
        imaginary = float_field(value.imag, verb, self._flags.with_sign())
        return None if real is None else f"({real}{imaginary}i)"

    def _composite(self, value: Value, verb: str, depth: int) -> None:
        flags = self._flags
        match value:
            case Map():
                entries = value.entries or {}
                opening = f"{value.type}{{" if flags.go_syntax else "map["
                if flags.go_syntax and value.entries is None:
                    self._pieces.append(f"{value.type}(nil)")
                    return
                pairs: list[tuple[Value, Value]] = [(key, entries[key]) for key in sorted(entries)]
                self._list(opening, pairs, "}" if flags.go_syntax else "]", verb, depth)
            case Slice():
                self._slice(value, verb, depth)
            case Struct():
                self._struct(value, verb, depth)
            case _:
                if value is None or value is INVALID:
                    self._pieces.append("<nil>")  # an interface that holds nothing, inside of something else
                else:
                    self._pointer(value, verb)

    def _slice(self, value: Slice, verb: str, depth: int) -> None:
        items = value.items or []
        if value.type == "api.ImageData" and verb in "sqxX":
            octets = bytes(cast("list[int]", items)).decode("utf-8", "surrogateescape")
            self._pieces.append(text_field(octets, verb, self._flags) or "")
            return
        if not self._flags.go_syntax:
            self._list("[", [(None, item) for item in items], "]", verb, depth)
        elif value.items is None:
            self._pieces.append(f"{value.type}(nil)")
        else:
            self._list(f"{value.type}{{", [(None, item) for item in items], "}", verb, depth)

    def _struct(self, value: Struct, verb: str, depth: int) -> None:
        if value.pointer:
            if depth:
                self._pointer(value, verb)
                return
            self._pieces.append("&")
            depth += 1
        flags = self._flags
        named = flags.go_syntax or flags.field_names
        members: list[tuple[Value, Value]] = [
            (member.name if named else None, value.values[member.name]) for member in value.type.members
        ]
        self._list((value.type.name if flags.go_syntax else "") + "{", members, "}", verb, depth, plain_keys=True)

    def _list(
        self,
        opening: str,
        pairs: list[tuple[Value, Value]],
        closing: str,
        verb: str,
        depth: int,
        *,
        plain_keys: bool = False,
    ) -> None:
        self._pieces.append(opening)
        for index, (key, item) in enumerate(pairs):
            if index:
                self._pieces.append(", " if self._flags.go_syntax else " ")
            if key is not None:
                if plain_keys:
                    self._pieces.append(str(key))
                else:
                    self._value(key, verb, depth + 1)
                self._pieces.append(":")
            self._value(item, verb, depth + 1)
        self._pieces.append(closing)

    def _pointer(self, value: Value, verb: str) -> None:
        nil = isinstance(value, Nil)
        if verb == "v":
            self._pieces.append(pad("<nil>" if nil else _ADDRESS, self._flags))
        elif verb in "pbodxX" and isinstance(value, Nil | Struct | Map | Slice):
            self._pieces.append(pad("0x0" if nil else _ADDRESS, self._flags))
        else:
            self._bad(value, verb)
