"""Choosing the family of a Jinja template, in a new process and in one that has done it before.

The goal is well under 0.3 s. There is no peer: Ollama compares texts, which takes about as long and finds other things.
"""

from __future__ import annotations

import sys

from benchmarks.measure import median_seconds, run, table
from olbuild.api.templates import go_template_for
from olbuild.language.template import compile_template
from olbuild.language.template.families import family

NAMES = ("chatml", "qwen3", "harmony")
_ONE = """
import sys
from olbuild.api.templates import go_template_for
from olbuild.language.template import compile_template
from olbuild.language.template.families import family
jinja = compile_template(family(sys.argv[1]).template).jinja
"""


def main() -> None:
    """Print the tables."""
    for name in NAMES:
        jinja = compile_template(family(name).template).jinja
        before = median_seconds(lambda name=name: run([sys.executable, "-c", _ONE, name]))  # type: ignore[misc]
        whole = _ONE + "assert go_template_for(jinja).families"
        cold = median_seconds(lambda name=name, whole=whole: run([sys.executable, "-c", whole, name]))  # type: ignore[misc]
        warm = median_seconds(lambda jinja=jinja: go_template_for(jinja), runs=11)  # type: ignore[misc]
        title = f"choose among all families ({name})"
        table(title, ("in a new process", (cold - before) * 1000), {"again": warm * 1000}, "ms")


if __name__ == "__main__":
    main()
