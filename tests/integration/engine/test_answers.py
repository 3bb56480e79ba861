"""What a model answers: greedy and seeded answers, stop texts, characters over several tokens, limits."""

from contextlib import closing
from pathlib import Path

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.jobs import Job, Piece
from olbuild.running.options import LoadOptions, Sampling
from olbuild.running.requests import Done
from olbuild.running.runtime import LlamaRuntime, load_runtime
from tests.integration.engine.asking import FRANCE, STORY, ask, listen
from tests.integration.engine.conftest import Script

PRINT_ANSWER = """
from pathlib import Path
from tests.integration.engine.asking import ask, load_runtime
print(ask(load_runtime([Path("{model}")]), PROMPT, SAMPLING)[0], end="")
"""


def test_a_greedy_answer_is_right_and_the_same_each_time(runtime: LlamaRuntime) -> None:
    answers = {ask(runtime)[0] for _ in range(3)}
    ask(runtime, STORY)
    answers.add(ask(runtime)[0])
    assert answers == {"The capital of France is Paris."}
    result = ask(runtime)[1]
    assert (result.finish, result.prompt_tokens, result.tokens) == ("stop", len(runtime.tokenize(FRANCE)), 8)
    assert result.prompt_seconds > 0
    assert result.generation_seconds > 0


def test_another_process_gives_the_same_answers(runtime: LlamaRuntime, script: Script) -> None:
    for prompt, sampling in ((FRANCE, "temperature=0"), (STORY, "seed=7, num_predict=24")):
        code = PRINT_ANSWER.replace("PROMPT", repr(prompt)).replace("SAMPLING", sampling)
        others = [script(code).communicate(timeout=120) for _ in range(2)]
        assert others[0] == others[1]
        assert others[0][1] == ""
        assert others[0][0]
    assert "Paris" in ask(runtime)[0]


def test_the_same_seed_gives_the_same_text_and_is_reported(smollm2: Path) -> None:
    """In a model of its own: which cells of the cache are free decides in which order numbers are added up."""
    with closing(load_runtime([smollm2])) as runtime:
        seeded = [ask(runtime, STORY, temperature=1.2, seed=seed)[0] for seed in (1, 1, 2)]
        assert seeded[0] == seeded[1] != seeded[2]
    with closing(load_runtime([smollm2])) as runtime:
        text, result = ask(runtime, STORY, temperature=1.2, seed=-1)
        assert ask(runtime, STORY, temperature=1.2, seed=result.seed)[0] == text


@pytest.mark.parametrize(
    ("stop", "answer"),
    [
        ((" Paris",), "The capital of France is"),
        (("of France is",), "The capital "),  # several tokens
        (("apit",), "The c"),  # a part of a token
        (("nothing of this", "ital of Fr"), "The cap"),
        (("T",), ""),
        (("Paris!",), "The capital of France is Paris."),  # held back, and shown in the end
    ],
)
def test_a_stop_text_ends_the_answer_and_is_not_shown(
    runtime: LlamaRuntime, stop: tuple[str, ...], answer: str
) -> None:
    text, result = ask(runtime, stop=stop)
    assert text == answer
    assert result.finish == "stop"


@pytest.mark.parametrize("symbols", ["😀😀😀😀😀😀😀😀", "🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻", "ありがとう、" * 3])
def test_a_character_of_several_tokens_is_one_piece(runtime: LlamaRuntime, symbols: str) -> None:
    assert len(runtime.tokenize(symbols)) > len(symbols)
    *events, done = listen(runtime, symbols, num_predict=20)
    pieces = [event.text for event in events if isinstance(event, Piece)]
    assert isinstance(done, Done)
    # The last character may be cut by the limit; it is shown as a replacement then, and only there.
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(pieces[:-1])
    assert set("".join(pieces[:-1])) <= set(symbols)
    assert 0 < len(pieces) < done.tokens


def test_num_predict_bounds_the_answer(runtime: LlamaRuntime) -> None:
    for limit in (0, 1, 5):
        text, result = ask(runtime, STORY, num_predict=limit)
        assert (result.tokens, result.finish) == (limit, "length")
        assert bool(text) == (limit > 0)


def test_penalties_change_the_answer(smollm2: Path) -> None:
    with closing(load_runtime([smollm2])) as runtime:
        plain = ask(runtime, STORY)[0]
        assert ask(runtime, STORY, repeat_penalty=1.5, repeat_last_n=0)[0] == plain
        assert ask(runtime, STORY, repeat_penalty=1.5)[0] != plain
        assert ask(runtime, STORY, presence_penalty=1.5, repeat_last_n=-1)[0] != plain


def test_a_full_context_ends_the_answer(smollm2: Path) -> None:
    with closing(load_runtime([smollm2], options=LoadOptions(num_ctx=32))) as runtime:
        prompt = runtime.tokenize(STORY)
        text, result = ask(runtime, STORY, num_predict=-1)
        assert (result.finish, result.prompt_tokens) == ("length", len(prompt))
        assert result.tokens == 32 - len(prompt) + 1  # the last one needs no place any more
        assert text
        with pytest.raises(UsageError, match="the prompt has 33 tokens, and the context holds 32") as caught:
            runtime.submit(Job(prompt=(1,) * 33, sampling=Sampling()), print)
        assert caught.value.hint is not None
        assert "num_ctx" in caught.value.hint
        with pytest.raises(UsageError, match="the prompt is empty"):
            runtime.submit(Job(prompt=(), sampling=Sampling()), print)


def test_special_texts_become_special_tokens_and_any_text_is_taken(runtime: LlamaRuntime) -> None:
    assert len(runtime.tokenize("<|im_start|>")) == 1
    assert runtime.tokenize("") == ()
    assert runtime.tokenize("a\0b") != runtime.tokenize("a")
    assert len(runtime.tokenize("\ud800")) > 0
    assert len(runtime.tokenize("word " * 20_000)) >= 20_000
