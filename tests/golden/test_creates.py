"""Every recorded answer of ``ollama create``: the same manifest digest."""

from pathlib import Path

from olbuild.testing.conformance import judge

GOLDENS = Path(__file__).parent


def test_every_line_agrees() -> None:
    with (GOLDENS / "ollama-create.jsonl").open(encoding="utf-8", newline="\n") as file:
        verdict = judge(file, GOLDENS)
    assert verdict.differences == ()
    assert (verdict.kind, verdict.agree) == ("creates", 44)
