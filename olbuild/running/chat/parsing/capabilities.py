"""What a model can do, as its template, PARSER and RENDERER tell it."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache

from olbuild.core.errors import OlbuildError
from olbuild.running.chat.parsing.table import PARSERS, family_of
from olbuild.running.chat.parsing.thinking import thinking_tags

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_CODE = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_TOOLS = re.compile(r"(?<![\w.])tools\b(?!\s*=[^=])")


@lru_cache(maxsize=32)
def capabilities(template: str | None, parser: str | None = None, renderer: str | None = None) -> frozenset[str]:
    """Return which of ``tools``, ``thinking`` and ``insert`` a model can do.

    For a Go template that is Ollama's rule: it uses ``.Tools``; tags around ``.Thinking`` can be inferred; it uses
    ``.Suffix``. A Jinja template knows tools if it reads them, and thinks if it mentions the tags of
    thoughts. A PARSER adds what it reads. A RENDERER stands for the template of a model that has none.
    """
    found: set[str] = set()
    named = PARSERS.get(parser or "")
    if named is not None:
        found |= {"tools"} if named.tools else set()
        found |= {"thinking"} if named.tags else set()
    text = template or _rendered_by(renderer)
    if text:
        found |= _of_template(text)
        if thinking_tags(text) is not None or family_of(text).tags is not None:
            found.add("thinking")
    return frozenset(found)


def _rendered_by(renderer: str | None) -> str | None:
    if not renderer:
        return None
    from olbuild.language.template.families import renderer_template  # noqa: PLC0415 - few models have one

    with suppress(OlbuildError):
        return renderer_template(renderer)
    return None


def _of_template(text: str) -> set[str]:
    from olbuild.language.template import template_language  # noqa: PLC0415 - embeddings need none of it

    if template_language(text) == "jinja":
        return {"tools"} if _uses_tools(text) else set()
    from olbuild.language.template import parse_template  # noqa: PLC0415 - loads lark

    with suppress(OlbuildError):
        names = parse_template(text).names
        return {ability for ability, name in (("tools", "tools"), ("insert", "suffix")) if name in names}
    return set()


def _uses_tools(jinja: str) -> bool:
    """Whether a template reads the variable ``tools``; told from its text, since no answer may wait for a compiler."""
    code = " ".join(_CODE.findall(_COMMENT.sub("", jinja)))
    return _TOOLS.search(_QUOTED.sub("''", code)) is not None
