"""What a model answers: greedy and seeded answers, stop texts, characters over several tokens, limits."""

from pathlib import Path

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.engine.port import Result
from olbuild.running.options import LoadOptions, Sampling
from tests.integration.engine.conftest import Script

FRANCE = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"
STORY = "<|im_start|>user\nTell me a story about a fox.<|im_end|>\n<|im_start|>assistant\n"

PRINT_ANSWER = """
from pathlib import Path
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import Sampling
engine = LlamaEngine([Path("{model}")])
for piece in engine.generate(engine.tokenize(PROMPT), Sampling(SAMPLING)):
    print(piece.text, end="")
"""


def ask(engine: LlamaEngine, prompt: str = FRANCE, **sampling: object) -> tuple[str, Result]:
    """Return the answer to a prompt; greedy and short unless told otherwise."""
    wishes = {"temperature": 0.0, "num_predict": 48, **sampling}
    with engine.generate(engine.tokenize(prompt), Sampling(**wishes)) as generation:  # type: ignore[arg-type]
        text = "".join(piece.text for piece in generation)
    return text, generation.result


def test_a_greedy_answer_is_right_and_the_same_each_time(engine: LlamaEngine) -> None:
    answers = {ask(engine)[0] for _ in range(3)}
    ask(engine, STORY)
    answers.add(ask(engine)[0])
    assert answers == {"The capital of France is Paris."}
    result = ask(engine)[1]
    assert (result.finish, result.prompt_tokens, result.tokens) == ("stop", len(engine.tokenize(FRANCE)), 8)
    assert result.prompt_seconds > 0
    assert result.generation_seconds > 0


def test_another_process_gives_the_same_answers(engine: LlamaEngine, script: Script) -> None:
    for prompt, sampling in ((FRANCE, "temperature=0.0"), (STORY, "seed=7, num_predict=24")):
        code = PRINT_ANSWER.replace("PROMPT", repr(prompt)).replace("SAMPLING", sampling)
        others = [script(code).communicate(timeout=120) for _ in range(2)]
        assert others[0] == others[1]
        assert others[0][1] == ""
        assert others[0][0]
    assert "Paris" in ask(engine)[0]


def test_the_same_seed_gives_the_same_text_and_is_reported(engine: LlamaEngine) -> None:
    seeded = [ask(engine, STORY, temperature=1.2, seed=seed)[0] for seed in (1, 1, 2)]
    assert seeded[0] == seeded[1] != seeded[2]
    text, result = ask(engine, STORY, temperature=1.2, seed=-1)
    assert ask(engine, STORY, temperature=1.2, seed=result.seed)[0] == text


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
def test_a_stop_text_ends_the_answer_and_is_not_shown(engine: LlamaEngine, stop: tuple[str, ...], answer: str) -> None:
    text, result = ask(engine, stop=stop)
    assert text == answer
    assert result.finish == "stop"


@pytest.mark.parametrize("symbols", ["😀😀😀😀😀😀😀😀", "🦊🐻🦊🐻🦊🐻🦊🐻🦊🐻", "ありがとう、" * 3])
def test_a_character_of_several_tokens_is_one_piece(engine: LlamaEngine, symbols: str) -> None:
    assert len(engine.tokenize(symbols)) > len(symbols)
    with engine.generate(engine.tokenize(symbols), Sampling(temperature=0, num_predict=20)) as generation:
        pieces = [piece.text for piece in generation]
    # The last character may be cut by the limit; it is shown as a replacement then, and only there.
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(pieces[:-1])
    assert set("".join(pieces[:-1])) <= set(symbols)
    assert 0 < len(pieces) < generation.result.tokens


def test_num_predict_bounds_the_answer(engine: LlamaEngine) -> None:
    for limit in (0, 1, 5):
        text, result = ask(engine, STORY, num_predict=limit)
        assert (result.tokens, result.finish) == (limit, "length")
        assert bool(text) == (limit > 0)


def test_penalties_change_the_answer(engine: LlamaEngine) -> None:
    plain = ask(engine, STORY)[0]
    assert ask(engine, STORY, repeat_penalty=1.5)[0] != plain
    assert ask(engine, STORY, presence_penalty=1.5, repeat_last_n=-1)[0] != plain
    assert ask(engine, STORY, repeat_penalty=1.5, repeat_last_n=0)[0] == plain


def test_a_full_context_ends_the_answer(smollm2: Path) -> None:
    engine = LlamaEngine([smollm2], options=LoadOptions(num_ctx=32))
    try:
        prompt = engine.tokenize(STORY)
        text, result = ask(engine, STORY, num_predict=-1)
        assert (result.finish, result.prompt_tokens) == ("length", len(prompt))
        assert result.tokens == 32 - len(prompt) + 1  # the last one needs no place any more
        assert text
        with pytest.raises(UsageError, match="the prompt has 33 tokens, and the context holds 32") as caught:
            engine.generate([1] * 33, Sampling())
        assert caught.value.hint is not None
        assert "num_ctx" in caught.value.hint
        with pytest.raises(UsageError, match="the prompt is empty"):
            engine.generate([], Sampling())
    finally:
        engine.close()


def test_special_texts_become_special_tokens_and_any_text_is_taken(engine: LlamaEngine) -> None:
    assert len(engine.tokenize("<|im_start|>")) == 1
    assert engine.tokenize("") == ()
    assert engine.tokenize("a\0b") != engine.tokenize("a")
    assert len(engine.tokenize("\ud800")) > 0
    assert len(engine.tokenize("word " * 20_000)) >= 20_000
