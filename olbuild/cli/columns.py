"""Aligned columns without rules, as docker and ollama print them."""

from __future__ import annotations

from collections.abc import Sequence

from olbuild.cli.terminal import cut, one_line, pad
from olbuild.core.text import cells

_GAP = 3
_WHOLE = 48  # cells up to which a name stays whole, because it is what one copies; other columns go first


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None, *, least: int = _WHOLE
) -> list[str]:
    """Return the lines of a table, headers first.

    Args:
        headers: the titles.
        rows: texts, as many as headers; control characters become visible marks.
        width: cells of the terminal; ``None`` when it is none, and then nothing is cut. On a terminal that is too
            narrow the first one is shortened in its middle, then the last columns go.
        least: cells to which the first column is shortened before another one goes; a shorter one stays whole.
    """
    body = [[one_line(text) for text in row] for row in rows]
    count = len(headers)
    widths = [max(cells(text) for text in column) for column in zip(headers, *body, strict=True)]
    if width is not None:
        while count > 1 and sum(widths[1:count]) + _GAP * (count - 1) + min(widths[0], least) > width:
            count -= 1
        widths[0] = max(min(widths[0], width - sum(widths[1:count]) - _GAP * (count - 1)), 1)
    return [_line(row[:count], widths) for row in (list(headers), *body)]


def pairs(rows: Sequence[tuple[str, str]], width: int | None) -> list[str]:
    """Return lines of a label and a value; on a terminal a value that is too long continues below itself.

    A word that is too long, such as a digest, is left to the terminal to wrap: then it can be copied.
    """
    column = max((cells(label) for label, _ in rows), default=0) + _GAP
    lines = []
    for label, value in rows:
        first, *more = _wrapped(one_line(value), None if width is None else width - column)
        lines.append((pad(one_line(label), column) + first).rstrip())
        lines += [(" " * column + part).rstrip() for part in more]
    return lines


def _wrapped(text: str, width: int | None) -> list[str]:
    if width is None or cells(text) <= width:
        return [text]
    import textwrap

    return textwrap.wrap(text, max(width, 10), break_on_hyphens=False, break_long_words=False) or [""]


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    parts = [pad(cut(text, width), width) for text, width in zip(texts, widths, strict=False)]
    return (" " * _GAP).join(parts).rstrip()
