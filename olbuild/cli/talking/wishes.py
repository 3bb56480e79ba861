"""What a person writes about answers: formats, and how much to think."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.running.requests import Grammar

_LARGEST_SCHEMA = 1 << 20  # bytes
LEVELS = ("low", "medium", "high", "max")


def read_format(text: str) -> Grammar | None:
    """Read what answers must look like: ``json``, a JSON Schema, or a file that holds one; nothing is any text.

    Raises:
        UsageError: if it is none of these.
    """
    from olbuild.running.requests import Grammar

    text = text.strip()
    if not text or text == "text":
        return None
    if text == "json":
        return Grammar(kind="json")
    if not text.startswith("{"):
        try:
            with Path(text).expanduser().open("rb") as file:
                text = file.read(_LARGEST_SCHEMA).decode()
        except (OSError, ValueError):
            raise UsageError(f"{text} is no format", hint="json, a JSON Schema, or a file that holds one") from None
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the format is no JSON Schema: {error}") from None
    if not isinstance(schema, dict):
        raise UsageError("the format is no JSON Schema: it is no object")
    return Grammar(kind="json_schema", text=text)


def read_think(text: str) -> bool | str:
    """Read how much to think: ``true``, ``false``, or a level; nothing is ``true``.

    Raises:
        UsageError: if it is something else.
    """
    word = text.strip().lower()
    if word in {"", "true", "on", "yes"}:
        return True
    if word in {"false", "off", "no"}:
        return False
    if word in LEVELS:
        return word
    raise UsageError(f"{text} is no way to think", hint=f"true, false, {', '.join(LEVELS)}")
