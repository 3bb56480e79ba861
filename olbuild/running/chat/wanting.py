"""Templates that want the content of a message in parts.

Those of some models that see walk over parts, and write nothing of a content that is a text. They get it as one part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache

from olbuild.core.errors import OlbuildError

_NEEDLE = "xq7needle"
_TYPE = re.compile(r"\btype\b")


def in_parts(message: Mapping[str, object]) -> dict[str, object]:
    """Return a message with its text as a part; without a text it has none."""
    content = message.get("content")
    if content is None:
        return {**message, "content": []}
    return {**message, "content": [{"type": "text", "text": content}]} if isinstance(content, str) else dict(message)


@lru_cache(maxsize=16)
def wants_parts(template: str) -> bool:
    """Whether a Jinja template shows a text in a part only; found out by showing it one."""
    if not _TYPE.search(template):
        return False
    message: dict[str, object] = {"role": "user", "content": _NEEDLE}
    return not _shows(template, message) and _shows(template, in_parts(message))


def _shows(template: str, message: Mapping[str, object]) -> bool:
    from olbuild.running.chat.sandbox import render  # noqa: PLC0415 - loads jinja2, which not all models need

    variables = {"messages": [message], "tools": None, "documents": None, "add_generation_prompt": True}
    with suppress(OlbuildError):
        return _NEEDLE in render(template, {**variables, "bos_token": "", "eos_token": ""})
    return False
