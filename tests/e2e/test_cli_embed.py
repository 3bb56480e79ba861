"""olbuild embed: vectors on standard output, with a real model."""

import json
import math
from pathlib import Path

import pytest

from tests.command import olbuild

pytestmark = pytest.mark.integration


@pytest.fixture
def embedder(minilm: Path, tmp_path: Path) -> str:
    (tmp_path / "Modelfile").write_text(f"FROM {minilm}\n")
    olbuild("build", "-t", "me/embedder", str(tmp_path))
    return "me/embedder"


def vectors(output: str) -> list[list[float]]:
    return [json.loads(line) for line in output.splitlines()]


def dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_a_line_for_each_text(embedder: str) -> None:
    texts = ["A cat sat on the mat.", "A feline rested on the rug.", "Interest rates rose again."]
    output = olbuild("embed", embedder, *texts).stdout
    assert max(map(len, output.replace("]", ",").split(","))) <= len(" -0.123456789e-05")  # as 32 bits have them
    cat, feline, rates = vectors(output)
    assert len(cat) == 384
    assert math.hypot(*cat) == pytest.approx(1.0, abs=1e-4)
    assert dot(cat, feline) > dot(cat, rates) + 0.3


def test_standard_input_is_a_text_a_line(embedder: str) -> None:
    asked = olbuild("embed", "--dimensions", "8", "--raw", "--json", embedder, stdin="one\ntwo\n")
    document = json.loads(asked.stdout)
    assert document["model"] == embedder
    assert [len(vector) for vector in document["embeddings"]] == [8, 8]
    assert math.hypot(*document["embeddings"][0]) != pytest.approx(1.0, abs=1e-3)


def test_what_cannot_be_embedded_is_refused(embedder: str, smollm2: Path, tmp_path: Path) -> None:
    assert "there is no text" in olbuild("embed", embedder, expect=2).stderr
    (tmp_path / "Modelfile").write_text(f"FROM {smollm2}\n")
    olbuild("build", "-t", "me/chat", str(tmp_path))
    refused = olbuild("embed", "me/chat", "a", expect=2)
    assert refused.stdout == ""
    assert "makes no embeddings" in refused.stderr
