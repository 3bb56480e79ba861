"""One formatted field: flags, width and precision, for text and numbers (fmt/format.go)."""

from __future__ import annotations

from olbuild.core.records import Frozen, replace
from olbuild.language.template.go.numbers import formatted
from olbuild.language.template.go.quoting import quoted

_HIGHEST_RUNE = 0x10FFFF
_UINT64 = 1 << 64
_SURROGATES = range(0xD800, 0xE000)


class Flags(Frozen, kw_only=True):
    """What stands between ``%`` and the verb. ``go_syntax`` is ``%#v``, ``field_names`` is ``%+v``."""

    sharp: bool = False
    zero: bool = False
    plus: bool = False
    minus: bool = False
    space: bool = False
    go_syntax: bool = False
    field_names: bool = False
    width: int = 0
    precision: int | None = None

    def add(self, sign: str) -> Flags:
        """Return these flags and one more, as it is written."""
        match sign:
            case "#":
                return replace(self, sharp=True)
            case "0":
                return replace(self, zero=True)
            case "+":
                return replace(self, plus=True)
            case "-":
                return replace(self, minus=True)
            case _:
                return replace(self, space=True)

    def with_width(self, width: int, *, left: bool = False) -> Flags:
        """Return these flags with a width; one that was negative fills up on the right."""
        return replace(self, width=width, minus=self.minus or left, zero=self.zero and not left)

    def with_precision(self, precision: int) -> Flags:
        """Return these flags with a precision."""
        return replace(self, precision=precision)

    def with_sign(self) -> Flags:
        """Return these flags with a sign for positive numbers too."""
        return replace(self, plus=True)

    def for_verb(self, verb: str) -> Flags:
        """Return these flags as a verb takes them: with ``v``, ``#`` and ``+`` mean something of their own."""
        if verb not in {"v", "w"}:
            return self
        return replace(self, go_syntax=self.sharp, sharp=False, field_names=self.plus, plus=False)


def pad(text: str, flags: Flags) -> str:
    """Fill a text up to the width, in characters."""
    missing = flags.width - len(text)
    if missing <= 0:
        return text
    if flags.minus:
        return text + " " * missing
    return ("0" if flags.zero else " ") * missing + text


def text_field(text: str, verb: str, flags: Flags) -> str | None:
    """Format a text, or return None if the verb is not for texts."""
    if verb in "xX":
        return _hexadecimal(text, verb, flags)
    if verb not in "vsq":
        return None
    if flags.precision is not None:
        text = text[: flags.precision]
    if verb == "q" or (verb == "v" and flags.go_syntax):
        if flags.sharp and _can_be_raw(text):
            return pad(f"`{text}`", flags)
        return pad(quoted(text, ascii_only=flags.plus), flags)
    return pad(text, flags)


def _can_be_raw(text: str) -> bool:
    return not any(
        (character < " " and character != "\t") or character in "`\x7f\ufeff" or ord(character) in _SURROGATES
        for character in text
    )


def _hexadecimal(text: str, verb: str, flags: Flags) -> str:
    octets = text.encode("utf-8", "surrogateescape")
    if flags.precision is not None:
        octets = octets[: flags.precision]
    pieces = [f"{octet:02{verb}}" for octet in octets]
    prefix = f"0{verb}" if flags.sharp and octets else ""
    joined = (" " + prefix).join(pieces) if flags.space else "".join(pieces)
    return pad(prefix + joined, flags)


def integer_field(value: int, verb: str, flags: Flags, *, signed: bool = True) -> str | None:
    """Format an integer, or return None if the verb is not for integers."""
    match verb:
        case "v" if flags.go_syntax and not signed:
            return _digits(value, "x", replace(flags, sharp=True))
        case "v" | "d" | "b" | "o" | "O" | "x" | "X":
            return _digits(value, "d" if verb == "v" else verb, flags)
        case "c" | "q":
            number = value % _UINT64
            rune = chr(number) if number <= _HIGHEST_RUNE and number not in _SURROGATES else "\ufffd"
            return pad(rune if verb == "c" else quoted(rune, mark="'", ascii_only=flags.plus), flags)
        case "U":
            return _code_point(value, flags)
        case _:
            return None


def _digits(value: int, verb: str, flags: Flags) -> str:
    digits = format(abs(value), "o" if verb == "O" else verb)
    signed = value < 0 or flags.plus or flags.space
    if flags.precision is not None:
        if flags.precision == 0 and value == 0:
            return pad("", replace(flags, zero=False))
        digits = digits.rjust(flags.precision, "0")
    elif flags.zero and not flags.minus:
        digits = digits.rjust(flags.width - signed, "0")
    if flags.sharp:
        prefix = {"b": "0b", "x": "0x", "X": "0X"}.get(verb, "")
        if verb in "oO" and not digits.startswith("0"):
            prefix = "0"
        digits = prefix + digits
    if verb == "O":
        digits = "0o" + digits
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    return pad(sign + digits, replace(flags, zero=False))


def _code_point(value: int, flags: Flags) -> str:
    number = value % _UINT64
    text = f"U+{number:0{max(4, flags.precision or 0)}X}"
    if flags.sharp and number <= _HIGHEST_RUNE and quoted(chr(number), mark="'")[1] != "\\":
        text += f" '{chr(number)}'"
    return pad(text, replace(flags, zero=False))


def float_field(value: float, verb: str, flags: Flags) -> str | None:
    """Format a floating-point number, or return None if the verb is not for those."""
    if verb not in "veEfFgGbxX":
        return None
    form = {"v": "g", "F": "f"}.get(verb, verb)
    precision = flags.precision
    if precision is None:
        precision = 6 if form in "eEf" else -1
    text = formatted(value, form, precision)
    special = text.lstrip("+-")[0] in "IN"
    sign = text[0] if text[0] in "+-" else "+"
    text = text.lstrip("+-")
    if flags.sharp and not special and verb != "b":
        text = _with_point(text, (6 if precision < 0 else precision) if form in "gGx" else 0, form)
    shown = sign if sign == "-" or flags.plus else " " if flags.space else ""
    if text == "Inf" and not shown:
        shown = "+"
    if text == "NaN" and not flags.space and not flags.plus:
        shown = ""
    if flags.zero and not flags.minus and not special:
        return shown + text.rjust(flags.width - len(shown), "0")
    return pad(shown + text, replace(flags, zero=False))


def _with_point(text: str, digits: int, verb: str) -> str:
    """Add a decimal point where there is none, and zeros up to a number of significant digits: what ``#`` asks for."""
    marks = "pP" if verb in "xX" else "eEpP"
    end = next((at for at, character in enumerate(text) if character in marks), len(text))
    mantissa, tail = text[:end], text[end:]
    significant = mantissa.replace(".", "").lstrip("0")
    digits -= len(significant)
    if "." not in mantissa:
        digits -= mantissa == "0"
        mantissa += "."
    return mantissa + "0" * digits + tail
