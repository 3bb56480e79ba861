"""Lines in panels, as an SVG picture that reads well on light and on dark ground."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from olbuild.core.records import Frozen

COLOURS = ("#2f6fde", "#d9622b", "#2a9d62", "#9a4fd0", "#c79a10", "#c23a6b", "#3aa6b9", "#7a7f87")
"""One for each line, distinct for most eyes; with more lines they begin anew."""

_WIDTH, _HEIGHT = 420, 256
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 44, 50
_MARGIN = 20
_LEGEND_LINE = 20
_TICKS = 5

_STYLE = """
text { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #454c55 }
.title { font-size: 14px; font-weight: 600; fill: #1c2128 }
.ground { fill: #fff }
.grid { stroke: #e4e7eb; stroke-width: 1 }
.axis { stroke: #9aa2ac; stroke-width: 1 }
.line { fill: none; stroke-width: 2.5; stroke-linejoin: round; stroke-linecap: round }
.dot { stroke: #fff; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) {
  text { fill: #b8c0ca } .title { fill: #eef1f4 } .ground, .dot { fill-opacity: 1 } .ground { fill: #14181d }
  .grid { stroke: #2a3038 } .axis { stroke: #67707b } .dot { stroke: #14181d }
}
"""


class Panel(Frozen, kw_only=True):
    """One picture of several.

    Attributes:
        title: what is shown, with its unit.
        across: what stands below the horizontal axis.
        places: the labels there, at equal distances.
        lines: for each name as many values as places, not negative; ``None`` is a gap.
    """

    title: str
    across: str
    places: Sequence[str]
    lines: Mapping[str, Sequence[float | None]]


def draw(panels: Sequence[Panel], caption: str = "") -> str:
    """Return panels beside each other, with one legend for all, as an SVG document; a caption says what is common."""
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(names)}
    width = len(panels) * _WIDTH + 2 * _MARGIN
    height = _HEIGHT + _LEGEND_LINE * len(names) + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
    ]
    for number, panel in enumerate(panels):
        parts += [f'<g transform="translate({_MARGIN + number * _WIDTH} {_MARGIN})">', *_panel(panel, colours), "</g>"]
    for number, name in enumerate(names):
        height = _MARGIN + _HEIGHT + _LEGEND_LINE * number + 10
        parts.append(f'<circle cx="{_MARGIN + _LEFT + 6}" cy="{height}" r="5" fill="{colours[name]}"/>')
        parts.append(f'<text x="{_MARGIN + _LEFT + 18}" y="{height + 4}">{escape(name)}</text>')
    if caption:
        height = _MARGIN + _HEIGHT + 14
        parts.append(f'<text x="{width - _MARGIN - _RIGHT}" y="{height}" text-anchor="end">{escape(caption)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, colours: Mapping[str, str]) -> list[str]:
    step, digits = _tick(max((value for line in panel.lines.values() for value in line if value), default=1.0))
    top = step * _TICKS
    inner = _HEIGHT - _TOP - _BOTTOM
    parts = [f'<text class="title" x="{_LEFT}" y="16">{escape(panel.title)}</text>']
    for number in range(_TICKS + 1):
        height = _HEIGHT - _BOTTOM - inner * number / _TICKS
        kind = "grid" if number else "axis"
        parts.append(f'<line class="{kind}" x1="{_LEFT}" y1="{height:g}" x2="{_WIDTH - _RIGHT}" y2="{height:g}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{height + 4:g}" text-anchor="end">{step * number:.{digits}f}</text>')
    across = [_place(number, len(panel.places)) for number in range(len(panel.places))]
    base = _HEIGHT - _BOTTOM
    for place, label in zip(across, panel.places, strict=True):
        parts.append(f'<text x="{place:g}" y="{base + 18}" text-anchor="middle">{escape(label)}</text>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle:g}" y="{base + 36}" text-anchor="middle">{escape(panel.across)}</text>')
    for name, line in panel.lines.items():
        points = [
            (place, base - inner * value / top) for place, value in zip(across, line, strict=True) if value is not None
        ]
        parts += _line(points, colours[name])
    return parts


def _line(points: Sequence[tuple[float, float]], colour: str) -> list[str]:
    joined = " ".join(f"{across:.1f},{height:.1f}" for across, height in points)
    dots = [f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>' for x, y in points]
    return [f'<polyline class="line" stroke="{colour}" points="{joined}"/>', *dots]


def _place(number: int, count: int) -> float:
    """Return where the labels stand: in the middle of equal parts."""
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (number + 0.5) / count


def _tick(most: float) -> tuple[float, int]:
    """Return a round distance of grid lines, so that five of them hold a value, and the decimals that it needs."""
    power = math.floor(math.log10(most / _TICKS))
    for factor in (1, 2, 2.5, 5, 10):
        step = factor * 10.0**power
        if step * _TICKS >= most * (1 - 1e-9):
            break
    digits = max(0, -power + (factor == 2.5) - (factor == 10))  # noqa: PLR2004 - the one factor with a decimal
    return step, digits
