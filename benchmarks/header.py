"""Reading the header of a model with a vocabulary of 150,000 tokens, next to gguf's own reader.

Goal: at most 150 ms. Neither reads tensor data; gguf's reader builds numpy arrays of the whole vocabulary.
"""

import os
import tempfile
from pathlib import Path

import gguf

from benchmarks.measure import RUNS, median_seconds, table
from olbuild.artifact.weights.gguf import read_header
from olbuild.core.content import FileContent
from olbuild.testing.gguf import write_gguf
from olbuild.testing.models import model_tensors, vocabulary_metadata

TOKENS = int(os.environ.get("BENCH_TOKENS", "150000"))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="olbuild-bench-") as scratch:
        path = write_gguf(Path(scratch) / "model.gguf", vocabulary_metadata(TOKENS), model_tensors())
        ours = median_seconds(lambda: read_header(FileContent.of(path), path.name))
        vocabulary = median_seconds(lambda: read_header(FileContent.of(path), path.name).array("tokenizer.ggml.tokens"))
        theirs = median_seconds(lambda: gguf.GGUFReader(path))
        tokens = f"{TOKENS:,} tokens and as many merges, median of {RUNS}"
        table(f"header ({tokens})", ("olbuild", ours), {"gguf.GGUFReader": theirs})
        table(f"header and the list of tokens ({tokens})", ("olbuild", vocabulary), {"gguf.GGUFReader": theirs})


if __name__ == "__main__":
    main()
