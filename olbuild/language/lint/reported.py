"""How findings of the language itself can be mended, where the file alone says what was meant."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from olbuild.core.text import Diagnostic, Edit, Fix, Span
from olbuild.language.lint.edits import remove, replacement
from olbuild.language.lint.subject import Page
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.commands import KEYWORDS, ROLES
from olbuild.language.parameters import PARAMETERS

_BLANKS = re.compile(r"[ \t]*")
_AS_PARAMETER = re.compile(r"(?ai:parameter)[ \t](?P<name>[a-z]+)\Z")


def fix_of(diagnostic: Diagnostic, page: Page) -> Fix | None:
    """Return the fix of a finding of the language, if there is a safe one."""
    make = _FIXES.get(diagnostic.code)
    return make(diagnostic.span, page) if make else None


def _one_blank(span: Span, page: Page) -> Fix | None:  # noqa: ARG001 - all fixes are made of the same two
    blanks = _BLANKS.match(span.source.text, span.start)
    end = blanks.end() if blanks else span.start
    return Fix(title="leave one blank", edits=(Edit(span.start, end, ""),)) if end > span.start else None


def _lower_role(span: Span, page: Page) -> Fix | None:  # noqa: ARG001
    role = span.text.lower()
    return Fix(title=f"write {role}", edits=(replacement(span, role),)) if role in ROLES else None


def _parameter_name(span: Span, page: Page) -> Fix | None:  # noqa: ARG001
    name = span.text.lower()
    return Fix(title=f"write {name}", edits=(replacement(span, name),)) if name in PARAMETERS else None


def _deprecated(span: Span, page: Page) -> Fix | None:
    node = next((node for node in page.nodes if node.extent.start <= span.start < node.extent.end), None)
    return remove(node.span, f"PARAMETER {span.text}") if node else None


def _visible(span: Span, page: Page) -> Fix | None:
    offsets = page.dropped_near(span.start) or page.dropped_from(span.start)
    text = span.source.text
    edits = tuple(Edit(offset, offset + 1, _in_place_of(text[offset])) for offset in offsets)
    return Fix(title="replace unprintable blanks, and remove what else is unprintable", edits=edits)


def _in_place_of(character: str) -> str:
    """A blank of another kind was meant as a blank; everything else means nothing to Ollama anyway."""
    return " " if unicodedata.category(character) == "Zs" else ""


def _own_line(span: Span, page: Page) -> Fix | None:
    """Move a comment behind a value to a line of its own before it."""
    node = next((node for node in page.nodes if node.extent.start <= span.start < node.extent.end), None)
    text = span.source.text
    if node is None or text[span.start - 1] not in " \t":
        return None  # in `a#b # c` only the second one was meant as a comment
    kept = len(text[: span.start].rstrip(" \t"))
    edits = (Edit(node.span.start, node.span.start, f"{span.text}\n"), Edit(kept, span.end, ""))
    return Fix(title="put the comment on a line of its own", edits=edits)


def _instruction(span: Span, page: Page) -> Fix | None:  # noqa: ARG001
    """Write ``PARAMETER system x`` as ``SYSTEM x``. A message is left alone: its role stands inside of the value."""
    text = span.source.text
    match = _AS_PARAMETER.search(text, 0, span.end)
    if match is None or match["name"] == "message":
        return None
    keyword = "FROM" if match["name"] == "model" else match["name"].upper()
    if keyword not in KEYWORDS:
        return None
    return Fix(title=f"write {keyword}", edits=(Edit(match.start(), match.end(), keyword),))


_FIXES: dict[str, Callable[[Span, Page], Fix | None]] = {
    Code.EXTRA_BLANK: _one_blank,
    Code.UNKNOWN_ROLE: _lower_role,
    Code.UNKNOWN_PARAMETER: _parameter_name,
    Code.INVISIBLE_CHARACTER: _visible,
    Code.DEPRECATED_PARAMETER: _deprecated,
    Code.DROPPED_CHARACTER: _visible,
    Code.TRAILING_COMMENT: _own_line,
    Code.INSTRUCTION_AS_PARAMETER: _instruction,
}
