"""``olbuild check`` and ``fmt`` on a Modelfile of 60 lines, beside a Python that loads what every parse needs."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import median_seconds, run, table
from olbuild.language.lint import lint
from olbuild.language.modelfile import parse

OLBUILD = Path(sys.executable).with_name("olbuild")
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
    base = median_seconds(lambda: run(BASE))
    for name, text in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "Modelfile"
            path.write_text(text)
            _command("check", ["check", "--fail-on", "never", str(path)], name, base)
            _command("fmt", ["fmt", str(path)], name, base)
        _warm(name, text.encode())


def _command(title: str, arguments: list[str], name: str, base: float) -> None:
    seconds = median_seconds(lambda: run([str(OLBUILD), *arguments]))
    table(f"olbuild {title}, {name}", ("the whole command", seconds), {"import lark, typer": base})


def _warm(name: str, data: bytes) -> None:
    seconds, alone = median_seconds(lambda: lint(data)), median_seconds(lambda: parse(data))
    table(f"lint in a warm process, {name}", ("lint", 1000 * seconds), {"parse alone": 1000 * alone}, "ms")


if __name__ == "__main__":
    main()
