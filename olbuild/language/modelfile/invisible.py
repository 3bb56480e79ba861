"""Invisible characters where they do harm.

Ollama drops unprintable characters from values and comments. Between instructions it drops one only if it stands
directly before a keyword; anywhere else outside of free text it ends the parse with a misleading error.
"""

from __future__ import annotations

import re
import unicodedata

from olbuild.core.text import Diagnostic, Source, Span
from olbuild.language.modelfile.codes import Code
from olbuild.language.modelfile.hints import character_name
from olbuild.language.modelfile.nodes import CommentNode, IncompleteNode, InstructionNode, Node, StrayNode
from olbuild.language.modelfile.visible import Visible

_WORD = re.compile(r"[A-Za-z0-9_]*")


def invisible_in(node: Node, after: int, source: Source, visible: Visible) -> Diagnostic | None:
    """Return the finding about a harmful character in or before a line; ``after`` is where the line before it ended."""
    extent = node.extent
    match node:
        case IncompleteNode() | StrayNode():
            harmful = visible.dropped_between(after, extent.start) or _behind_word(node, visible)
        case CommentNode():
            harmful = visible.dropped_between(after, extent.start)
        case _:
            harmful = visible.dropped_between(after, extent.body)
    if not harmful or (isinstance(node, InstructionNode) and harmful == [extent.start - 1]):
        return None
    return _finding(source, harmful[0])


def invisible_at_end(after: int, source: Source, visible: Visible) -> Diagnostic | None:
    """Return the finding about a harmful character behind the last line."""
    harmful = visible.dropped_between(after, len(source.text))
    return _finding(source, harmful[0]) if harmful else None


def dropped_from(node: InstructionNode, source: Source, visible: Visible) -> Diagnostic | None:
    """Return the warning about characters that a value loses."""
    dropped = visible.dropped_between(node.extent.body, node.extent.end)
    if not dropped:
        return None
    character = source.text[dropped[0]]
    more = f" and {len(dropped) - 1} more" if len(dropped) > 1 else ""
    return Diagnostic(
        code=Code.DROPPED_CHARACTER,
        message=f"{character_name(character)}{more} will be dropped from the value",
        span=Span(source, dropped[0], dropped[0] + 1),
        hint=_advice(character),
        severity="warning",
    )


def _behind_word(node: IncompleteNode | StrayNode, visible: Visible) -> list[int]:
    """Return the offset of the character directly behind the word that went wrong, if it is invisible."""
    span = node.rest.span if isinstance(node, IncompleteNode) else node.span
    match = _WORD.match(span.source.text, span.start)
    end = match.end() if match else span.start
    return visible.dropped_between(end, end + 1)


def _finding(source: Source, offset: int) -> Diagnostic:
    character = source.text[offset]
    return Diagnostic(
        code=Code.INVISIBLE_CHARACTER,
        message=f"invisible character {character_name(character)} outside of a value",
        span=Span(source, offset, offset + 1),
        hint=_advice(character),
    )


def _advice(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return "type an ordinary blank in its place"
    return "delete it"
