"""Every recorded answer of Ollama about Modelfiles and names."""

from pathlib import Path

import pytest

from olbuild.testing.conformance import judge

GOLDENS = Path(__file__).parent


@pytest.mark.parametrize(("name", "lines"), [("modelfiles", 2496), ("names", 500)])
def test_every_line_agrees(name: str, lines: int) -> None:
    with (GOLDENS / f"{name}.jsonl").open(encoding="utf-8", newline="\n") as file:
        verdict = judge(file)
    assert verdict.differences == ()
    assert (verdict.kind, verdict.agree) == (name, lines)
