"""Numbers for people, with three digits that matter."""

from __future__ import annotations

_STEP = 1000
_MINUTE, _HOUR = 60, 3600


def size(amount: float) -> str:
    """Write bytes in decimal units, as registries and Ollama count: ``98.4 MB``."""
    return _scaled(amount, (" B", " kB", " MB", " GB", " TB", " PB"))


def rate(amount: float) -> str:
    """Write bytes a second: ``45.1 MB/s``."""
    return f"{size(amount)}/s"


def count(amount: float) -> str:
    """Write a number of parameters as ModelPack does, with one decimal: ``134.5M``, ``1.2B``, ``8B``."""
    value, index, letters = float(amount), 0, ("", "K", "M", "B", "T", "Q")
    while round(value, 1) >= _STEP and index < len(letters) - 1:
        value /= _STEP
        index += 1
    return f"{value:.1f}".removesuffix(".0") + letters[index]


def duration(seconds: float) -> str:
    """Write a time: ``0.4 s``, ``12 s``, ``2:05``, ``1:02:03``."""
    if seconds < 9.95:  # noqa: PLR2004 - from here on, it would be shown as 10.0
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}:{whole % _MINUTE:02}"
    return f"{whole // _HOUR}:{whole % _HOUR // _MINUTE:02}:{whole % _MINUTE:02}"


def span(seconds: float) -> str:
    """Write a time that may be short: ``4.2 ms``, ``180 ms``, ``2.35 s``."""
    thousandths = seconds * _STEP
    return f"{thousandths:.1f} ms" if thousandths < 99.95 else _scaled(thousandths, (" ms", " s"))  # noqa: PLR2004


def _scaled(amount: float, units: tuple[str, ...]) -> str:
    value, index = float(amount), 0
    # 999.5 would be shown as 1000 of a unit instead of 1.00 of the next.
    while value >= _STEP - 0.5 and index < len(units) - 1:
        value /= _STEP
        index += 1
    if index == 0:
        return f"{value:.0f}{units[0]}"
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0  # noqa: PLR2004 - three digits that matter
    return f"{value:.{digits}f}{units[index]}"
