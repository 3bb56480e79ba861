"""Arguments in elements whose names are theirs, and in which objects and lists are elements too (MiniMax M3). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from olbuild.core.records import Frozen
from olbuild.running.chat.forcing.function import Function
from olbuild.running.chat.forcing.parts import DEEPEST, NAMES, Member, Unwritable, items_of
from olbuild.running.chat.forcing.rules import Rules, marked, unmarked
from olbuild.running.chat.forcing.tags import InTags

_OBJECT, _ARRAY = frozenset({"object"}), frozenset({"array"})


class InElements(Frozen, kw_only=True):
    """Such arguments; ``sign`` stands before every tag."""

    sign: str
    names: re.Pattern[str] = NAMES

    def __call__(self, function: Function, rules: Rules) -> str:
        """Return the arguments in Lark, in the order of the schema."""
        return self._members(function, function.members, (function.name,), rules)

    def _members(self, function: Function, members: Sequence[Member], path: tuple[str, ...], rules: Rules) -> str:
        parts: list[str] = []
        for member in members:
            if not self.names.fullmatch(member.name):
                raise Unwritable
            ways = list(self._element(function, member.schema, (*path, member.name), rules))
            if ways:
                parts.append(f"({' | '.join(ways)})" + ("" if member.required else "?"))
            elif member.required:
                raise Unwritable
        return " ".join(parts)

    def _element(self, function: Function, schema: Any, path: tuple[str, ...], rules: Rules) -> Iterator[str]:  # noqa: ANN401 - any JSON
        """Yield the ways to write an element, whose name is the last one of the path."""
        rules.spend()
        begin, end = f"{self.sign}<{path[-1]}>", f"{self.sign}</{path[-1]}>"
        types = function.tools.types(*path)
        try:
            inner = self._within(function, schema, types, path, rules)
        except Unwritable:
            inner = None
        if inner is not None:
            yield f"{marked(begin)} {inner} {marked(end)}"
            return
        texts = InTags(argument="", close=end, never=(unmarked(self.sign),))
        for value in texts.values(function, schema, types, rules):
            yield f"{marked(begin)} {value}"

    def _within(
        self,
        function: Function,
        schema: Any,  # noqa: ANN401 - any JSON
        types: frozenset[str],
        path: tuple[str, ...],
        rules: Rules,
    ) -> str | None:
        """Return the elements that an object or a list is, where it can be nothing else; ``None`` for what is bare."""
        part = function.narrowed(schema, types) if types in (_OBJECT, _ARRAY) and len(path) < DEEPEST else None
        if part is None:
            return None
        if types == _OBJECT:
            return rules.rule(self._members(function, function.members_of(part), path, rules))
        found = items_of(part)
        if found is None:
            return None
        inner, least, most = found
        items = " | ".join(self._element(function, inner, (*path, "item"), rules))
        return f"({items}){{{least},{'' if most is None else most}}}" if items else None
