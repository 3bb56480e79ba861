"""Guesses save evaluations, and change nothing else."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from olbuild.core.errors import NotFoundError
from olbuild.running.options import LoadOptions
from olbuild.running.requests import Done
from olbuild.running.runtime import LlamaRuntime
from tests.integration.engine.asking import STORY, Asked, ask, job, load_runtime

LIST = "one two three four five six seven one two three four five six seven one two"

OPTIONS = LoadOptions(num_ctx=512)


def fresh(smollm2: Path, prompt: str, drafts: Sequence[Path] = (), **sampling: object) -> tuple[str, Done]:
    """Ask a model that was never asked before."""
    with closing(load_runtime([smollm2], options=OPTIONS, drafts=drafts)) as runtime:
        return ask(runtime, prompt, **sampling)


@pytest.mark.parametrize("wishes", [{}, {"temperature": 0.7, "seed": 3}, {"repeat_penalty": 1.3}])
def test_a_draft_changes_no_answer(smollm2: Path, wishes: dict[str, object]) -> None:
    plain, done = fresh(smollm2, STORY, (), **wishes)
    drafted, with_draft = fresh(smollm2, STORY, [smollm2], **wishes)
    assert drafted == plain
    assert (with_draft.tokens, with_draft.finish) == (done.tokens, done.finish)


def test_a_draft_that_is_right_saves_evaluations(smollm2: Path, counted: list[int]) -> None:
    with closing(load_runtime([smollm2], options=OPTIONS, drafts=[smollm2])) as runtime:
        assert ask(runtime, STORY)[1].tokens == 48
    assert max(counted) == 5  # four guesses and the token that follows them


def test_what_followed_before_is_looked_up(smollm2: Path, counted: list[int]) -> None:
    plain = fresh(smollm2, LIST, num_predict=40)[0]
    without = len(counted)
    counted.clear()
    assert fresh(smollm2, LIST, num_predict=40, draft_num_predict=8)[0] == plain
    assert len(counted) < without / 2


def test_several_answers_share_a_draft(smollm2: Path) -> None:
    with closing(load_runtime([smollm2], options=OPTIONS, drafts=[smollm2])) as runtime:
        asked = [Asked(runtime, job(runtime, STORY, num_predict=20)) for _ in range(6)]
        asked[3].cancel()
        ends = [one.answer()[1] for one in asked]
        assert [end.tokens for number, end in enumerate(ends) if number != 3] == [20] * 5
        assert _answers(runtime)


def test_a_draft_that_cannot_be_used_is_left_out(smollm2: Path, tmp_path: Path) -> None:
    (tmp_path / "draft.gguf").write_bytes(b"GGUF")
    with closing(load_runtime([smollm2], options=OPTIONS, drafts=[tmp_path / "draft.gguf"])) as runtime:
        (note,) = runtime.facts.notes
        assert note.startswith("the draft model is not used: llama.cpp cannot load draft.gguf")
        assert _answers(runtime)
    with pytest.raises(NotFoundError, match="is not there"):
        load_runtime([smollm2], options=OPTIONS, drafts=[tmp_path / "missing.gguf"])


def _answers(runtime: LlamaRuntime) -> bool:
    return ask(runtime)[0] == "The capital of France is Paris."
