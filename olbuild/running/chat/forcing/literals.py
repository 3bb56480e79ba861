"""Arguments as a language writes them: with commas between, and strings in quotes of its own. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from olbuild.core.records import Frozen
from olbuild.running.chat.forcing.function import Function
from olbuild.running.chat.forcing.parts import DEEPEST, NAMES, TYPES, Member, Unwritable, items_of
from olbuild.running.chat.forcing.rules import Rules, marked, unmarked
from olbuild.running.chat.forcing.tags import InTags
from olbuild.running.chat.forcing.texts import quoted

_SINGLE = r"/'(?:[^'\\\x00-\x1f\x7f]|\\['\x22\\nrt])*'/"
_WORDS: Sequence[tuple[str, Mapping[bool | None, tuple[str, str]]]] = (
    ("boolean", {True: ("True", "true"), False: ("False", "false")}),
    ("null", {None: ("None", "null")}),
)


def _one_of(types: str) -> frozenset[str]:
    return frozenset({types})


class InPython(Frozen, kw_only=True):
    """``key=value, …``. Values are JSON, which the parsers read too; of Python's own, if ``own``, what stands first."""

    own: bool = False
    names: re.Pattern[str] = NAMES

    def __call__(self, function: Function, rules: Rules) -> str:
        """Return the arguments in Lark, in the order of the schema."""
        parts = [(m, self._value(function, m.schema, rules)) for m in function.members]
        return separated([(m, f"{_key(self.names, m, '=')} {value}") for m, value in parts], rules)

    def _value(self, function: Function, schema: Any, rules: Rules) -> str:  # noqa: ANN401 - any JSON
        if not self.own:
            return function.json(schema, rules)
        ways = []
        for kind, written in _WORDS:
            part = function.narrowed(schema, _one_of(kind))
            if part is not None:
                values = part.get("enum", [part["const"]] if "const" in part else list(written))
                ways += [quoted(word) for value in values for word in written[value]]
        text = function.narrowed(schema, _one_of("string"))
        if text is not None:
            values = text.get("enum", [text["const"]] if "const" in text else ())
            ways += [quoted(f"'{value}'") for value in values if not set(value) & set("'\\\n")]
            ways += [] if values or function.strings(text) else [rules.terminal(_SINGLE)]
        others = function.narrowed(schema, TYPES - {"boolean", "null"})
        ways += [] if others is None else [function.json(others, rules)]
        if not ways:
            raise Unwritable
        return f"({' | '.join(ways)})"


class InBraces(Frozen, kw_only=True):
    """``key:value,…``, with names without quotes, also within; ``quote`` stands around strings."""

    quote: str
    names: re.Pattern[str] = NAMES

    def __call__(self, function: Function, rules: Rules) -> str:
        """Return the arguments in Lark, in the order of the schema."""
        return self._members(function, function.members, rules, DEEPEST)

    def _members(self, function: Function, members: Sequence[Member], rules: Rules, deeper: int) -> str:
        parts = [(m, f"{_key(self.names, m, ':')} {self._value(function, m.schema, rules, deeper)}") for m in members]
        return separated(parts, rules, ",")

    def _value(self, function: Function, schema: Any, rules: Rules, deeper: int) -> str:  # noqa: ANN401 - any JSON
        rules.spend()
        ways = list(self._ways(function, schema, rules, deeper - 1))
        if not ways:
            raise Unwritable
        return f"({' | '.join(ways)})"

    def _ways(self, function: Function, schema: Any, rules: Rules, deeper: int) -> Iterator[str]:  # noqa: ANN401 - any JSON
        text = function.narrowed(schema, _one_of("string"))
        if text is not None:
            strings = InTags(argument="", close=self.quote, never=(unmarked(self.quote),))
            for value in strings.values(function, text, _one_of("string"), rules):
                yield f"{marked(self.quote)} {value}"
        left = TYPES - {"string"}
        for kind, within in (("object", self._object), ("array", self._array)):
            part = function.narrowed(schema, _one_of(kind)) if deeper else None
            try:
                written = None if part is None else within(function, part, rules, deeper)
            except Unwritable:
                written = None
            if written is not None:
                left -= {kind}
                yield written
        others = function.narrowed(schema, left)
        if others is not None:
            yield function.json(others, rules)

    def _object(self, function: Function, schema: Any, rules: Rules, deeper: int) -> str:  # noqa: ANN401 - any JSON
        return f'"{{" {self._members(function, function.members_of(schema), rules, deeper)} "}}"'

    def _array(self, function: Function, schema: Any, rules: Rules, deeper: int) -> str | None:  # noqa: ANN401 - any JSON
        found = items_of(schema)
        if found is None:
            return None
        items, least, most = found
        item = rules.rule(self._value(function, items, rules, deeper))
        more = f'("," {item}){{{max(0, least - 1)},{"" if most is None else max(0, most - 1)}}}'
        if most == 0:
            return '"[" "]"'
        return f'"[" {item} {more} "]"' if least else f'"[" ({item} {more})? "]"'


def separated(parts: Sequence[tuple[Member, str]], rules: Rules, comma: str = ", ") -> str:
    """Return members in their order with commas between those that are there."""
    between = json.dumps(comma)
    first = next((number for number, (member, _) in enumerate(parts) if member.required), None)
    if first is not None:
        before = [f"({text} {between})?" for _, text in parts[:first]]
        behind = [f"({between} {text})" + ("" if m.required else "?") for m, text in parts[first + 1 :]]
        return " ".join([*before, parts[first][1], *behind])
    following, begins = "", []
    for _, text in reversed(parts):
        begins.append(f"{text} {following}")
        following = rules.rule(f"({between} {text})? {following}")
    return f"({' | '.join(begins)})?" if begins else ""


def _key(names: re.Pattern[str], member: Member, behind: str) -> str:
    if not names.fullmatch(member.name):
        raise Unwritable
    return quoted(member.name + behind)
