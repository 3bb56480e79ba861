"""``olbuild check`` and ``fmt`` on a Modelfile of 60 lines, beside a Python that loads what every parse needs.

Goal: at most 2.5 times that. Bytecode is kept, as it is where pip installed olbuild; the commands take turns, so that a
busy moment strikes all of them.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.measure import median_seconds, run, table
from olbuild.language.lint import lint
from olbuild.language.modelfile import parse

OLBUILD = Path(sys.executable).with_name("olbuild")
ROUNDS = 15
BASE = [sys.executable, "-c", "import lark, typer"]
SETTINGS = "FROM llama3.2:3b\n\n# Sampling\nPARAMETER temperature 0.7\nPARAMETER top_p 0.9\nPARAMETER num_ctx 8192\n"
PROSE = "".join(f"You answer questions about subject {number} in one short sentence.\n" for number in range(36))
TALK = "".join(f"MESSAGE user What is {number}?\nMESSAGE assistant It is {number}.\n" for number in range(6))
TEMPLATE = 'TEMPLATE """{{ range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end }}"""\n'
FILES = {
    "60 lines": f'{SETTINGS}SYSTEM """\n{PROSE}"""\n\n{TALK}',
    "60 lines with a template": f'{SETTINGS}{TEMPLATE}SYSTEM """\n{PROSE}"""\n{TALK}',
}


def main() -> None:
    """Print the start of each command, and the time of the work itself."""
    for name, text in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "Modelfile"
            path.write_text(text)
            environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
            environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "bytecode")
            check = [str(OLBUILD), "check", "--fail-on", "never", str(path)]
            base, checked, formatted = _medians([BASE, check, [str(OLBUILD), "fmt", str(path)]], environment)
        for title, seconds in (("check", checked), ("fmt", formatted)):
            table(f"olbuild {title}, {name}", ("the whole command", seconds), {"import lark, typer": base})
        _warm(name, text.encode())


def _medians(commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> list[float]:
    taken: list[list[float]] = [[] for _ in commands]
    for number in range(ROUNDS + 1):
        for command, seconds in zip(commands, taken, strict=True):
            started = time.perf_counter()
            run(command, environment)
            if number:  # the first round writes the bytecode
                seconds.append(time.perf_counter() - started)
    return [statistics.median(seconds) for seconds in taken]


def _warm(name: str, data: bytes) -> None:
    seconds, alone = median_seconds(lambda: lint(data)), median_seconds(lambda: parse(data))
    table(f"lint in a warm process, {name}", ("lint", 1000 * seconds), {"parse alone": 1000 * alone}, "ms")


if __name__ == "__main__":
    main()
