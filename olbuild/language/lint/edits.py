"""Edits that several fixes need."""

from __future__ import annotations

from olbuild.core.text import Edit, Fix, Span


def replacement(span: Span, text: str) -> Edit:
    """Return the edit that puts a text in the place of a span."""
    return Edit(span.start, span.end, text)


def removal(span: Span) -> Edit:
    """Return the edit that removes all lines on which a span stands, with one line end."""
    text, starts = span.source.text, span.source.line_starts()
    first, last = span.source.position(span.start)[0], span.source.position(max(span.start, span.end - 1))[0]
    start = starts[first - 1]
    if last < len(starts):
        return Edit(start, starts[last], "")
    while start > 0 and text[start - 1] in "\r\n":  # the last line has no end of its own
        start -= 1
    return Edit(start, len(text), "")


def remove(span: Span, what: str) -> Fix:
    """Return the fix that removes the lines of an instruction."""
    return Fix(title=f"remove {what}", edits=(removal(span),))
