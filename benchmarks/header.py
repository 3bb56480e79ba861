"""Reading the header of a model with a vocabulary of 150,000 tokens: olbuild against gguf's own reader.

``python benchmarks/header.py [TOKENS]``. Median of five; the peer's package is a dependency, so that it is always there.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gguf

from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.testing.gguf import write_gguf
from olbuild.testing.models import model_tensors, vocabulary_metadata

RUNS = 5
TOKENS = 150_000
GOAL = 0.150  # seconds


def median(action: Callable[[], object]) -> float:
    """Return the median wall time of a few runs, in seconds."""
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main() -> int:
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else TOKENS
    with tempfile.TemporaryDirectory() as folder:
        path = write_gguf(Path(folder) / "model.gguf", vocabulary_metadata(tokens), model_tensors())
        ours = median(lambda: read_header(FileContent.of(path), path.name))
        theirs = median(lambda: gguf.GGUFReader(path))
    print(f"header of a model with {tokens:,} tokens and as many merges, median of {RUNS}")
    print(f"  olbuild          {ours * 1e3:9.1f} ms   (goal: {GOAL * 1e3:.0f} ms)")
    print(f"  gguf.GGUFReader  {theirs * 1e3:9.1f} ms")
    print(f"  ratio            {ours / theirs:9.4f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
