"""Parsing a Modelfile: time a megabyte for what is long, and the same at twice the size, which linear time doubles."""

from collections.abc import Callable
from contextlib import suppress

from benchmarks.measure import median_seconds
from olbuild.core.errors import ModelfileError
from olbuild.language.modelfile import parse

PROSE = 'Be "kind", answer in one sentence, and say why.\n'
TEXT = 5_000_000 // len(PROSE)

CASES: dict[str, Callable[[int], str]] = {
    "10,000 instructions": lambda factor: "FROM x\n" + "PARAMETER temperature 0.7\n" * (10_000 * factor),
    "10,000 comments": lambda factor: "FROM x\n" + "# A comment that explains.\n" * (10_000 * factor),
    '5 MB of SYSTEM in """': lambda factor: 'FROM x\nSYSTEM """' + PROSE * (TEXT * factor) + '"""\n',
    '5 MB of SYSTEM in "': lambda factor: 'FROM x\nSYSTEM "' + PROSE * (TEXT * factor) + '"\n',
    "5 MB that never close": lambda factor: 'FROM x\nSYSTEM """' + PROSE * (TEXT * factor),
    "5 MB with invisible characters": lambda factor: "FROM x\nSYSTEM " + "kind\u200bness " * (430_000 * factor),
    '10,000 """ that never close': lambda factor: "FROM x\n" + 'SYSTEM """Be kind, always\n' * (10_000 * factor),
    '10,000 " that never close': lambda factor: "FROM x\n" + 'SYSTEM "Be kind, always\n' * (10_000 * factor),
    "10,000 wrong lines": lambda factor: "FROM x\n" + "SYSTM Be kind, always\n" * (10_000 * factor),
}


def main() -> None:
    """Print a line a case: size, median of five, seconds a megabyte, and the ratio to half the size."""
    parse("FROM x")  # lark and the grammar, once a process
    print(f"  {'':<32} {'MB':>7} {'s':>8} {'s/MB':>8} {'double':>8}")
    for name, make in CASES.items():
        text, twice = make(1).encode(), make(2).encode()
        seconds, doubled = _seconds(text), _seconds(twice)
        size = len(text) / 1e6
        print(f"  {name:<32} {size:7.2f} {seconds:8.3f} {seconds / size:8.3f} {doubled / seconds:7.2f}x", flush=True)


def _seconds(data: bytes) -> float:
    return median_seconds(lambda: _parse(data))


def _parse(data: bytes) -> None:
    with suppress(ModelfileError):
        parse(data)


if __name__ == "__main__":
    main()
