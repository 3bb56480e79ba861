"""Choosing the family of a Jinja template, in a new process and in one that has done it before.

The goal is well under 0.3 s. There is no peer: Ollama compares texts, which takes about as long and finds other things.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from benchmarks.measure import median_seconds, table
from olbuild.api.templates import go_template_for
from olbuild.language.template import compile_template
from olbuild.language.template.families import family

_NAMES = ("chatml", "qwen3", "harmony")
_RUNS = 5
_FIRST = """
import sys, time
from olbuild.api.templates import go_template_for
jinja = sys.stdin.read()
started = time.perf_counter()
assert go_template_for(jinja).families
print(time.perf_counter() - started)
"""


def main() -> None:
    """Print the tables."""
    for name in _NAMES:
        jinja = compile_template(family(name).template).jinja
        first = statistics.median(_first(jinja) for _ in range(_RUNS))
        again = median_seconds(lambda jinja=jinja: go_template_for(jinja), runs=11)  # type: ignore[misc]
        table(f"choose among all families ({name})", ("first", first * 1000), {"again": again * 1000}, "ms")


def _first(jinja: str) -> float:
    command = [sys.executable, "-c", _FIRST]
    return float(subprocess.run(command, input=jinja, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    main()
