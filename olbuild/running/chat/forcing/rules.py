"""The rules of a grammar, each of which stands there once. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from olbuild.running.chat.forcing.parts import Unwritable
from olbuild.running.constraints.json_text import SCHEMA_OPTIONS

_MOST_VALUES = 2_000
_MOST_CHARACTERS = 1 << 17
_PARTS = re.compile("«(.*?)»|⟨(.*?)⟩|(¶)|([^«⟨¶]+)")


class Rules:
    """Rules and terminals of llguidance's Lark that are referred to by their names."""

    def __init__(self) -> None:
        """Begin with none."""
        self._names: dict[tuple[str, str], str] = {}
        self._size = self._spent = 0

    def fork(self) -> Rules:
        """Return the same rules, to which others can be added."""
        other = Rules()
        other._names, other._size, other._spent = dict(self._names), self._size, self._spent
        return other

    def spend(self) -> None:
        """Take note of another value of an argument.

        Raises:
            Unwritable: if there are too many, or the rules have become too large.
        """
        self._spent += 1
        if self._spent > _MOST_VALUES or self._size > _MOST_CHARACTERS:
            raise Unwritable

    def rule(self, expression: str) -> str:
        """Return the name of a rule."""
        return self._name("r", expression)

    def terminal(self, expression: str) -> str:
        """Return the name of a terminal."""
        return self._name("T", expression)

    def json(self, schema: Any, *, strict: bool) -> str:  # noqa: ANN401 - any JSON
        """Return the name of a rule of the JSON that follows a schema."""
        guided = {"x-guidance": {**SCHEMA_OPTIONS, "lenient": not strict}, **schema}
        return self.rule(f"%json {json.dumps(guided)}")

    def _name(self, kind: str, expression: str) -> str:
        name = self._names.get((kind, expression))
        if name is None:
            name = self._names[kind, expression] = f"{kind}{len(self._names)}"
            self._size += len(expression)
        return name

    @property
    def text(self) -> str:
        """All of them."""
        return "".join(f"{name}: {expression}\n" for (_, expression), name in self._names.items())


def marked(text: str, **names: str) -> str:
    """Return a text in Lark with names in it.

    Control tokens are in ``«»``, as ``Constraints`` resolves them; a regular expression in ``⟨⟩`` is for what the model
    chooses; ``¶`` is a line break that may be left out.
    """
    parts: list[str] = []
    for token, expression, blank, plain in _PARTS.findall(text):
        written = _filled(token or plain, names)
        quoted = json.dumps(written, ensure_ascii=False)
        parts.append(
            f"<{{{quoted}}}>" if token else f"/{expression}/" if expression else '("\\n")?' if blank else quoted
        )
    return " ".join(parts)


def unmarked(text: str) -> str:
    """Return such a text as it stands in an answer, its control tokens as text."""
    return re.sub("[«»¶]", "", text)


def _filled(text: str, names: dict[str, str]) -> str:
    """Put all names in at once: none is looked for in another."""
    return re.sub("|".join(names), lambda found: names[found[0]], text) if names else text
