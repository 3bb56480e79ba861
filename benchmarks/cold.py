"""A cold answer: from the start of the program to the first text of the answer, beside llama-cli on the same file.

Ollama, where it is installed, is a server that runs already, and loads the model when it is asked. All read the same
tokens: the system text is the one that the template of the weights has of itself, and Ollama's has not. Pages of the
model are in memory. ``LLAMA_CPP_BIN`` names the folder of llama.cpp's programs if they are not on PATH; they should be
of the same build as the engine.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import ollama
from benchmarks.measure import run, table
from examples.smollm2 import cache_folder, fetch

ROUNDS = 9
QUESTION, _TOKENS = "hi", 8
_MODELFILE = f"""\
FROM ./model.gguf
SYSTEM You are a helpful AI assistant named SmolLM, trained by Hugging Face
PARAMETER temperature 0
PARAMETER num_predict {_TOKENS}
"""
_ASKED = "ollama, asked for a model that is not loaded"
OLBUILD = Path(sys.executable).with_name("olbuild")
_TITLE = f"olbuild run REF {QUESTION!r}, seconds to the first text, median of {ROUNDS} (goal: ratio 1.2)"


def main() -> None:
    """Print medians. The programs take turns, so that a busy moment strikes both."""
    model = fetch(cache_folder())
    with tempfile.TemporaryDirectory() as scratch:
        environment = {**os.environ, "OLBUILD_HOME": scratch}
        folder = Path(scratch) / "model"
        folder.mkdir()
        (folder / "model.gguf").symlink_to(model)
        (folder / "Modelfile").write_text(_MODELFILE)
        run([str(OLBUILD), "build", "-q", "-t", "me/cold", str(folder)], environment)
        commands = {"olbuild run": ([str(OLBUILD), "run", "me/cold", QUESTION], b"")}
        others: dict[str, float | str] = {}
        peer = shutil.which("llama-cli", path=os.environ.get("LLAMA_CPP_BIN") or None)
        if peer is None:
            others["llama-cli"] = "missing"
        else:
            commands["llama-cli"] = (_llama_cli(peer, model), b"> hi\n")
        taken: dict[str, list[float]] = {name: [] for name in commands}
        with _ollama(folder) as port:
            for _ in range(ROUNDS):
                for name, (command, mark) in commands.items():
                    taken[name].append(_first_text(command, mark, environment))
                if port:
                    ollama.unload(port, "me/cold")
                    taken.setdefault(_ASKED, []).append(ollama.first_text(port, "me/cold", QUESTION, _TOKENS))
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    ours = medians.pop("olbuild run")
    table(_TITLE, ("olbuild run", ours), {**medians, **others})


@contextmanager
def _ollama(folder: Path) -> Iterator[int]:
    """Have a server of Ollama, if it is installed, that has the model; yield its port, or 0."""
    program = ollama.program()
    if program is None:
        yield 0
        return
    with ollama.serve(program, folder / "ollama", "me/cold", folder / "Modelfile") as port:
        yield port


def _llama_cli(program: str, model: Path) -> list[str]:
    same = ["--ctx-size", "4096", "--temp", "0", "--predict", str(_TOKENS), "--no-warmup"]
    return [program, "--model", str(model), "--prompt", QUESTION, "--single-turn", "--simple-io", *same]


def _first_text(command: Sequence[str], mark: bytes, environment: Mapping[str, str]) -> float:
    """Run a program to its end; return the seconds until it has written something behind a mark."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        written, first = b"", 0.0
        while data := os.read(process.stdout.fileno(), 1 << 16):
            written += data
            if not first and written.partition(mark)[2].strip() if mark else written.strip():
                first = first or time.perf_counter() - started
    if process.returncode or not first:
        sys.exit(f"{' '.join(command)} exits with {process.returncode} and wrote {written[-200:]!r}")
    return first


if __name__ == "__main__":
    main()
