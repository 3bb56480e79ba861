"""One row of the bars, fitted to any width. Pure."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.progress.ledger import Work
from olbuild.cli.terminal import cut, one_line, pad
from olbuild.core.records import Frozen
from olbuild.core.text import cells

_SHORTEST_LABEL, _LONGEST_LABEL = 8, 40
_SHORTEST_BAR, _LONGEST_BAR = 8, 32
_PERCENT, _AMOUNT, _RATE, _LEFT = 4, 17, 9, 8  # more than 99 hours are not shown


class Layout(Frozen, kw_only=True):
    """Cells for each column; a column without cells is left out."""

    label: int
    bar: int = 0
    percent: int = 0
    amount: int = 0
    rate: int = 0
    left: int = 0


class Row(Frozen, kw_only=True):
    """The texts of a row; ``full`` and ``empty`` are the two parts of the bar, in cells."""

    label: str
    full: int
    empty: int
    figures: str


def lay_out(works: list[Work], width: int) -> Layout:
    """Give the columns their cells: in a narrow terminal the less important ones go."""
    wanted = max((cells(one_line(work.label)) for work in works), default=0)
    least = max(min(wanted, max(_SHORTEST_LABEL, min(width // 3, 2 * _SHORTEST_LABEL))), 1)
    room = width - least
    columns: dict[str, int] = {}
    for name, size in (
        ("percent", _PERCENT),
        ("bar", _SHORTEST_BAR),
        ("left", _LEFT),
        ("amount", _AMOUNT),
        ("rate", _RATE),
    ):
        if room > size:
            columns[name] = size
            room -= size + 1
    label = least + min(max(room, 0), max(min(wanted, _LONGEST_LABEL) - least, 0))
    room -= label - least
    if "bar" in columns:
        columns["bar"] += min(max(room, 0), _LONGEST_BAR - _SHORTEST_BAR)
    return Layout(label=max(min(label, width), 1), **columns)


def draw(work: Work, layout: Layout, now: float) -> Row:
    """Fill a row; no row is wider than the layout."""
    fraction, left = work.fraction, work.left(now)
    figures = []
    if layout.percent:
        figures.append(pad("" if fraction is None else f"{int(fraction * 100)}%", layout.percent, right=True))
    if layout.amount:
        amount = units.size(work.done) + (f"/{units.size(work.total)}" if work.total is not None else "")
        figures.append(pad(amount, layout.amount, right=True))
    if layout.rate:
        figures.append(pad(units.rate(work.rate(now)) if work.done else "", layout.rate, right=True))
    if layout.left:
        text = units.duration(left) if left is not None else ""
        figures.append(pad(text if cells(text) <= layout.left else "", layout.left, right=True))
    full = int(layout.bar * fraction) if fraction is not None else 0
    return Row(
        label=pad(cut(one_line(work.label), layout.label), layout.label),
        full=full,
        empty=layout.bar - full,
        figures=" ".join(figures),
    )
