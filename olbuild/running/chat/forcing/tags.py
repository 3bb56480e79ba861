"""Arguments in tags, each in one of its own; what stands in it is a bare text, or JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import field

from olbuild.core.records import Frozen
from olbuild.running.chat.forcing.function import Function
from olbuild.running.chat.forcing.parts import TYPES, Unwritable
from olbuild.running.chat.forcing.rules import Rules, marked, unmarked
from olbuild.running.chat.forcing.texts import NUMBERS, WHOLE_NUMBERS, bare_text, quoted, read_otherwise

_STRING = frozenset({"string"})
_BOOLEAN = frozenset({"boolean"})
_LISTS = frozenset({"array", "object"})
NAMES = re.compile(r"""[^\s<>"'{}=\x00-\x1f\x7f](?:[^<>"'{}\x00-\x1f\x7f]{0,200}[^\s<>"'{}\x00-\x1f\x7f])?""")


class InTags(Frozen, kw_only=True):
    """Such arguments.

    Attributes:
        argument: what stands before the text of an argument; ``KEY`` stands for its name, ``KIND`` for its kind.
        close: what stands behind it.
        after: what stands behind that.
        never: what no text has in it.
        kinds: the words for the types that a value has, where an argument says its own.
        shielded: what stands around texts with characters that mean something, and what those are.
    """

    argument: str
    close: str
    after: str = ""
    never: tuple[str, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    shielded: tuple[str, str, str] | None = None
    names: re.Pattern[str] = NAMES

    def __call__(self, function: Function, rules: Rules) -> str:
        """Return the arguments in Lark, in the order of the schema."""
        parts: list[str] = []
        for member in function.members:
            if not self.names.fullmatch(member.name):
                raise Unwritable
            ways = list(self._ways(function, member.name, member.schema, rules))
            if ways:
                parts.append(f"({' | '.join(ways)})" + ("" if member.required else "?"))
            elif member.required:
                raise Unwritable
        return " ".join(parts)

    def _ways(self, function: Function, key: str, schema: Any, rules: Rules) -> Iterator[str]:  # noqa: ANN401 - any JSON
        """Yield the ways to write one argument."""
        after = marked(self.after)
        if not self.kinds:
            before = marked(self.argument, KEY=key)
            for value in self.values(function, schema, function.tools.types(function.name, key), rules):
                yield f"{before} {value} {after}"
            return
        by_kind: dict[str, set[str]] = {}
        for name, kind in self.kinds.items():
            by_kind.setdefault(kind, set()).add(name)
        for kind, types in by_kind.items():
            before = marked(self.argument, KEY=key, KIND=kind)
            part = function.narrowed(schema, frozenset(types))
            for value in () if part is None else self.values(function, part, frozenset(types), rules):
                yield f"{before} {value} {after}"

    def values(self, function: Function, schema: Any, types: frozenset[str], rules: Rules) -> Iterator[str]:  # noqa: ANN401 - any JSON
        """Yield the ways to write a value and what closes it, such that they are read by the types that it may have."""
        rules.spend()
        text = function.narrowed(schema, _STRING) if not types or types & _STRING else None
        others = function.narrowed(schema, (types or TYPES) - _STRING) if types != _STRING else None
        lists = others
        if text is not None:
            conditions = [function.strings(text), read_otherwise(types - _STRING) if types != _STRING else ""]
            scalars = [] if others is None else list(scalar_texts(function, others))
            yield from self._texts([one for one in conditions if one], scalars, rules)
            lists = None if others is None else function.narrowed(others, _LISTS)
        if lists is not None:
            yield f"{function.json(lists, rules)} {marked(self.close)}"
            if types == _BOOLEAN:  # as templates of Python write it
                for value in lists.get("enum", (True, False)):
                    yield f"{quoted(str(value))} {marked(self.close)}"

    def _texts(self, conditions: Sequence[str], scalars: Sequence[str], rules: Rules) -> Iterator[str]:
        """Yield the ways to write a text, or one of some scalars, which no text is.

        They are one terminal: which of two it is would have to be known before the end of either.
        """
        bare = rules.terminal(bare_text(self.never))
        if self.shielded is None:
            yield from self._closed(" | ".join([" & ".join([*conditions, bare]), *scalars]), self.close, rules)
            return
        begin, end, signs = self.shielded
        plain = rules.terminal(f"/[^{signs}]*/")
        yield from self._closed(" | ".join([" & ".join([*conditions, bare, plain]), *scalars]), self.close, rules)
        for closed in self._closed(" & ".join([*conditions, bare]), end + self.close, rules):
            yield f"{marked(begin)} {closed}"

    def _closed(self, terminal: str, close: str, rules: Rules) -> Iterator[str]:
        """Yield the ways in which a text can end: with text, which a terminal must know, or with control tokens."""
        yield rules.terminal(f"({terminal}) {quoted(unmarked(close))}")
        if "«" in close:
            yield f"{rules.terminal(terminal)} {marked(close)}"


def scalar_texts(function: Function, schema: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    """Yield terminals of the numbers, truth values and null that a schema allows, as far as they can be told."""
    for kind, texts in _SCALARS.items():
        part = function.narrowed(schema, frozenset({kind}))
        if part is None:
            continue
        values = part.get("enum", [part["const"]] if "const" in part else ())
        known = part.keys() <= {"type", "enum", "const", "$defs", "definitions"}
        whole = part.get("type") == "integer"
        if known and values:
            yield " | ".join(quoted(json.dumps(value)) for value in values)
        elif known or (whole and part == _WHOLE):
            yield WHOLE_NUMBERS if whole else texts


_SCALARS = {"null": quoted("null"), "boolean": f"{quoted('true')} | {quoted('false')}", "number": NUMBERS}
_WHOLE = {"type": "integer", "minimum": 1 - (1 << 53), "maximum": (1 << 53) - 1}
