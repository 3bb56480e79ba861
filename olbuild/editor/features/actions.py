"""What can be done about findings: mend one, mend all, or accept one with a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types

from olbuild.editor.analysis.messages import Found
from olbuild.editor.features.diagnostics import diagnostic
from olbuild.editor.features.ranges import offset_of, workspace_edit
from olbuild.editor.text.document import Document

FIX_ALL = "source.fixAll.olbuild"
_REASON = "say here why"


def actions(
    document: Document,
    where: types.Range,
    findings: Iterable[Found],
    only: Sequence[str] | None,
    *,
    versioned: bool,
) -> list[types.CodeAction]:
    """Return the actions for the findings in a range. ``only`` are the kinds that are wanted; ``None`` is all."""
    if not wants(only, types.CodeActionKind.QuickFix):
        return []
    start, end = offset_of(document, where.start), offset_of(document, where.end)
    here = [each for each in findings if each.start <= end and start <= max(each.end, each.start)]
    mends = (action for each in here for action in _mend(document, each, versioned=versioned))
    accepts = (action for each in here for action in _accept(document, each, versioned=versioned))
    return [*mends, *accepts]


def fix_all(document: Document, text: str, *, versioned: bool) -> types.CodeAction | None:
    """Return the action that puts a mended text in the place of a document's, if it differs."""
    edits = replaced(document, text)
    if not edits:
        return None
    edit = workspace_edit(document, edits, versioned=versioned)
    return types.CodeAction(title="mend all that can be mended safely", kind=FIX_ALL, edit=edit)


def wants(only: Sequence[str] | None, kind: str) -> bool:
    """Whether actions of a kind are wanted: ``source`` wants ``source.fixAll``, too."""
    return only is None or any(kind == each or kind.startswith(f"{each}.") for each in only)


def replaced(document: Document, text: str) -> list[tuple[int, int, str]]:
    """Return the edit that turns a document's text into another: what is equal at both ends stays.

    A byte order mark goes, because the new text has none.
    """
    old = document.text
    start = _common(old, text)
    behind = _common(old[start:][::-1], text[start:][::-1])
    end = len(old) - behind
    # No position lies between CR and LF.
    if old[start - 1 : start + 1] == "\r\n":
        start -= 1
    if old[end - 1 : end + 1] == "\r\n":
        end, behind = end + 1, behind - 1
    new = text[start : len(text) - behind]
    mark = [(-document.shift, 0, "")] if document.shift else []
    return [*mark, (start, end, new)] if (start, new) != (end, "") else mark


def _common(first: str, second: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    low, high = 0, min(len(first), len(second))
    while low < high:
        middle = (low + high + 1) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _mend(document: Document, found: Found, *, versioned: bool) -> Iterator[types.CodeAction]:
    if found.mend is None:
        return
    edits = [(edit.start, edit.end, edit.text) for edit in found.mend.edits]
    if not edits:  # the file is to be saved in another way; of an open text, only the mark can go
        if not document.shift:
            return
        edits = [(-document.shift, 0, "")]
    yield types.CodeAction(
        title=found.mend.title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, found)],
        edit=workspace_edit(document, edits, versioned=versioned),
        is_preferred=True,
    )


def _accept(document: Document, found: Found, *, versioned: bool) -> Iterator[types.CodeAction]:
    """Offer to put a comment above the instruction in which a finding is."""
    if not found.ignorable:
        return
    node = document.node_at(found.start)
    start = node.extent.start if node is not None else found.start
    line = document.positions.line_of(start + document.shift)
    begin = max(document.positions.starts[line] - document.shift, 0)
    comment = f"# olbuild: ignore={found.code} {_REASON}{_line_end(document)}"
    yield types.CodeAction(
        title=f"accept {found.code} here",
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[diagnostic(document, found)],
        edit=workspace_edit(document, [(begin, begin, comment)], versioned=versioned),
    )


def _line_end(document: Document) -> str:
    """Return what ends the first line of a document."""
    text, starts = document.positions.text, document.positions.starts
    if len(starts) == 1:
        return "\n"
    return text[document.positions.line_end(0) : starts[1]]
