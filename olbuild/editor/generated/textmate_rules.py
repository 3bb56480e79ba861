"""Small pieces of TextMate grammars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Rule: TypeAlias = Mapping[str, Any]


def captures(*names: str, language: str = "modelfile") -> dict[str, dict[str, str]]:
    """Return the names of groups, in their order; the name of the language is added to each."""
    return {str(number): {"name": f"{name}.{language}"} for number, name in enumerate(names, 1)}


def rule(match: str, *groups: str, language: str = "modelfile") -> Rule:
    """Return a rule of one line whose groups have names."""
    return {"match": match, "captures": captures(*groups, language=language)}
