"""One line of text about a piece of work, for plain lines and for what has ended above the bars."""

from __future__ import annotations

from olbuild.cli import units
from olbuild.cli.progress.ledger import Work
from olbuild.cli.terminal import is_drawn, lines_of, one_line
from olbuild.core.events import Said

_NOTHING_TO_DO = {"exists": "already there", "cached": "cached"}
_WORTH_A_RATE = 1_000_000  # bytes; what is smaller measures the latency and not the rate


def begun(work: Work) -> str:
    """Say that work begins."""
    return f"{one_line(work.label)}: {units.size(work.total)}" if work.total is not None else one_line(work.label)


def under_way(work: Work, now: float) -> str:
    """Say how far it is."""
    parts = [f"{one_line(work.label)}:"]
    if work.total is not None and work.fraction is not None:
        parts.append(f"{int(work.fraction * 100)} % of {units.size(work.total)}")
    else:
        parts.append(units.size(work.done))
    parts.append(f"at {units.rate(work.rate(now))}")
    left = work.left(now)
    if left is not None:
        parts.append(f"({units.duration(left)} left)")
    return " ".join(parts)


def ended(work: Work, now: float) -> str:
    """Say how it ended."""
    label = one_line(work.label)
    if work.outcome in _NOTHING_TO_DO:
        return f"{label}: {_NOTHING_TO_DO[work.outcome]}"
    if work.outcome == "failed":
        return f"{label}: stopped at {units.size(work.done)}"
    if work.done < _WORTH_A_RATE:
        return f"{label}: {units.size(work.done)}" if work.done else f"{label}: done"
    taken = units.duration((work.ended or now) - work.begun)
    return f"{label}: {units.size(work.done)} in {taken} ({units.rate(work.rate(now))})"


def said(event: Said) -> list[str]:
    """Return the lines of some talk; a warning says that it is one, unless it is a drawn diagnostic, which does so."""
    lines = lines_of(event.text)
    if event.level == "warning" and not is_drawn(lines[0]):
        lines[0] = f"warning: {lines[0]}"
    return lines
