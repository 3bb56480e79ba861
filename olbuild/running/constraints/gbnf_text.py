"""llama.cpp's grammar language GBNF, read into one flat program. Pure.

The language is that of llama.cpp's ``grammars/README.md`` and ``llama-grammar.cpp``. It is read here because llama.cpp
prints what is wrong with a grammar to standard error, and needs a time that is exponential in its size for some.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn

from olbuild.core.errors import UsageError
from olbuild.running.constraints.gbnf_rules import (
    Characters,
    Element,
    Program,
    Rule,
    Sequence,
    Token,
    refuse_left_recursion,
)

_MOST_BYTES = 1 << 16
_MOST_ELEMENTS = 50_000
_MOST_REPETITIONS = 2_000  # llama.cpp's bound
_MOST_GROUPS = 50
_ROOT = "root"

_SPACE = re.compile(r"(?:[ \t]|#[^\r\n]*)*")
_SPACE_AND_LINES = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_CHARACTER = re.compile(r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)|([^\\])", re.DOTALL)
_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", **{mark: mark for mark in '\\"[]-'}}
_TIMES = re.compile(r"\{[ \t]*([0-9]{1,9})[ \t]*(?:(,)[ \t]*([0-9]{1,9})?[ \t]*)?\}")
_TOKEN = re.compile(r"(!?)(<\[([0-9]{1,9})\]>|<[^>\n]+>)")
_LAST_CHARACTER = 0x10FFFF


class _Reader:
    def __init__(self, text: str, token: Callable[[str], int | None]) -> None:
        self.text, self.at, self.token = text, 0, token
        self.names: dict[str, int] = {_ROOT: 0}
        self.rules: list[tuple[Sequence, ...] | None] = [None]
        self.size = 0

    def read(self) -> Program:
        self.skip(_SPACE_AND_LINES)
        while self.at < len(self.text):
            name = self.take(_NAME, "the name of a rule")[0]
            self.skip(_SPACE)
            if not self.text.startswith("::=", self.at):
                self.fail("::= is missing")
            self.at += 3
            self.skip(_SPACE_AND_LINES)
            self.rules[self.number(name)] = self.alternatives(0)
            if self.at < len(self.text) and self.text[self.at] not in "\r\n":
                self.fail("a new line is missing")
            self.skip(_SPACE_AND_LINES)
        if missing := [name for name, number in self.names.items() if self.rules[number] is None]:
            raise UsageError(f"the GBNF grammar has no rule {missing[0]}")
        return Program([rule or () for rule in self.rules])

    def alternatives(self, depth: int) -> tuple[Sequence, ...]:
        found = [self.sequence(depth)]
        while self.text.startswith("|", self.at):
            self.at += 1
            self.skip(_SPACE_AND_LINES)
            found.append(self.sequence(depth))
        return tuple(found)

    def sequence(self, depth: int) -> Sequence:
        """Return elements up to what cannot be one. ``last`` is where the element begins that may be repeated."""
        found: list[Element] = []
        last: list[Element] = []
        while self.at < len(self.text):
            mark = self.text[self.at]
            if mark in "*+?{":
                if not last:
                    self.fail(f"there is nothing before {mark} that could be repeated")
                least, most = self.times()
                del found[len(found) - len(last) :]
                last = self.repeated(last, least, most)
            else:
                element = self.element(mark, depth)
                if element is None:
                    break
                last = element
            found += last
            self.count(len(last))
            self.skip(_SPACE_AND_LINES if depth else _SPACE)
        return tuple(found)

    def element(self, mark: str, depth: int) -> list[Element] | None:
        if mark == '"':
            self.at += 1
            return [Characters(((code, code),)) for code in self.codes('"')]
        if mark == "[":
            self.at += 1
            return [self.ranges()]
        if mark == ".":
            self.at += 1
            return [Characters(((0, _LAST_CHARACTER),))]
        if mark == "(":
            return [self.group(depth)]
        if mark in "<!":
            return [self.one_token()]
        if _NAME.match(mark):
            return [Rule(self.number(self.take(_NAME, "a name")[0]))]
        return None

    def group(self, depth: int) -> Element:
        if depth >= _MOST_GROUPS:
            self.fail(f"groups are nested deeper than {_MOST_GROUPS} levels")
        self.at += 1
        self.skip(_SPACE_AND_LINES)
        alternatives = self.alternatives(depth + 1)
        if not self.text.startswith(")", self.at):
            self.fail(") is missing")
        self.at += 1
        return self.added(alternatives)

    def one_token(self) -> Element:
        found = self.take(_TOKEN, "a token such as <[1000]> or <|name|>")
        number = int(found[3]) if found[3] else self.token(found[2])
        if number is None:
            self.fail(f"{found[2]} is not one token of this model")
        return Token(number, bool(found[1]))

    def codes(self, end: str) -> list[int]:
        codes = []
        while not self.text.startswith(end, self.at):
            codes.append(self.code())
        self.at += 1
        return codes

    def ranges(self) -> Characters:
        negated = self.text.startswith("^", self.at)
        self.at += negated
        ranges = []
        while not self.text.startswith("]", self.at):
            first = last = self.code()
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                last = self.code()
            ranges.append((first, last))
        self.at += 1
        return Characters(tuple(ranges), negated)

    def code(self) -> int:
        found = self.take(_CHARACTER, "a character")
        if written := found[1] or found[2] or found[3]:
            return int(written, 16)
        if found[4] and found[4] not in _ESCAPES:
            self.fail(f"\\{found[4]} is no escape")
        return ord(_ESCAPES[found[4]] if found[4] else found[5])

    def times(self) -> tuple[int, int | None]:
        mark = self.text[self.at]
        if mark != "{":
            self.at += 1
            return (int(mark == "+"), 1 if mark == "?" else None)
        found = self.take(_TIMES, "a number of times such as {2,3}")
        least = int(found[1])
        most = int(found[3]) if found[3] else None if found[2] else least
        if max(least, most or 0) > _MOST_REPETITIONS:
            self.fail(f"nothing can be repeated more than {_MOST_REPETITIONS} times")
        return least, most

    def repeated(self, elements: list[Element], least: int, most: int | None) -> list[Element]:
        """Return elements that say something several times, by rules of their own for what may be left out."""
        self.count(len(elements) * max(least, most or 0))
        once = tuple(elements)
        if most is None:
            number = self.number("")
            self.rules[number] = ((*once, Rule(number)), ())
            return [*once * least, Rule(number)]
        rest: Sequence = ()
        for _ in range(most - least):
            rest = (self.added(((*once, *rest), ())),)
        return [*once * least, *rest]

    def added(self, alternatives: tuple[Sequence, ...]) -> Rule:
        number = self.number("")
        self.rules[number] = alternatives
        return Rule(number)

    def number(self, name: str) -> int:
        """Return the number of a rule; without a name, that of a new one."""
        if name in self.names:
            return self.names[name]
        self.count(1)
        self.rules.append(None)
        if name:
            self.names[name] = len(self.rules) - 1
        return len(self.rules) - 1

    def count(self, more: int) -> None:
        self.size += more
        if self.size > _MOST_ELEMENTS:
            raise UsageError(f"the GBNF grammar has more than {_MOST_ELEMENTS} elements", hint="repeat less in it")

    def skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def take(self, what: re.Pattern[str], name: str) -> re.Match[str]:
        found = what.match(self.text, self.at)
        if found is None:
            self.fail(f"{name} is missing")
        self.at = found.end()
        return found

    def fail(self, what: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - (self.text.rfind("\n", 0, self.at) + 1) + 1
        raise UsageError(f"the GBNF grammar is wrong at line {line}, column {column}: {what}")


def read_gbnf(text: str, token: Callable[[str], int | None]) -> Program:
    """Return the rules of a grammar.

    Args:
        text: the grammar; its root rule is called ``root``.
        token: returns the one token that a text is, or ``None``.

    Raises:
        UsageError: if it is wrong, too large or left-recursive; with the line and the column where it has one.
    """
    if len(text.encode("utf-8", errors="replace")) > _MOST_BYTES:
        raise UsageError(f"the GBNF grammar is larger than {_MOST_BYTES // 1024} KiB")
    reader = _Reader(text, token)
    program = reader.read()
    refuse_left_recursion(program, {number: name for name, number in reader.names.items()})
    return program
