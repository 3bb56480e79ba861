"""Adapters with scales: none, half of one, one, two."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from olbuild.running.session import load

from olbuild.artifact.bundle import Bundle, Message
from olbuild.core.names import Role
from olbuild.running.engine.llamacpp import LlamaEngine
from olbuild.running.options import Adapter, LoadOptions, Sampling
from tests.integration.engine.conftest import blob
from tests.tools import ROOT

LORA = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
QUESTION = "What is the project password?"
PROMPT = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\nThe project password is"


def answer(bundle: Bundle, *scales: float | None) -> str:
    adapters = tuple(replace(blob(LORA, Role.ADAPTER), scale=scale) for scale in scales)
    with load(replace(bundle, adapters=adapters)) as model:
        return "".join(piece.text for piece in model.chat([Message(role="user", content=QUESTION)]))


def test_a_scale_of_zero_is_the_bare_model_and_one_is_the_whole_adapter(bundle: Bundle) -> None:
    bare = answer(bundle)
    assert "zebra" not in bare
    assert answer(bundle, 0) == bare
    assert answer(bundle, 1) == answer(bundle, None) == "The project password is zebra-41."


@contextmanager
def loaded(smollm2: Path, adapters: Sequence[Adapter]) -> Iterator[LlamaEngine]:
    engine = LlamaEngine([smollm2], adapters, LoadOptions(num_ctx=128, num_thread=1))
    yield engine
    engine.close()


def logits(smollm2: Path, *scales: float) -> list[float]:
    """Return how the model weighs each token after the prompt."""
    with loaded(smollm2, [Adapter(LORA, scale) for scale in scales]) as engine:
        with engine.generate(engine.tokenize(PROMPT), Sampling(temperature=0, num_predict=1)) as generation:
            list(generation)
        context = engine._context
        count = context.llama.llama_vocab_n_tokens(engine._weights.vocabulary)
        found = context.llama.llama_get_logits_ith(context.handle, -1)
        return [float(found[index]) for index in range(count)]


def distance(one: list[float], other: list[float]) -> float:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def test_scales_add_up(smollm2: Path) -> None:
    """Sums are compared within what the rounding of a quantised model makes of them, about 0.7."""
    bare, half, whole = (logits(smollm2, *scales) for scales in ((), (0.5,), (1.0,)))
    assert distance(logits(smollm2, 0.0), bare) == 0
    assert 5 < distance(half, whole) < distance(whole, bare)
    assert 5 < distance(half, bare) < distance(whole, bare)
    assert distance(logits(smollm2, 0.5, 0.5), whole) < 2
    assert distance(logits(smollm2, 1.0, -1.0), bare) < 2


def test_what_was_read_before_is_forgotten(smollm2: Path) -> None:
    with loaded(smollm2, ()) as engine:
        tokens, greedy = engine.tokenize(PROMPT), Sampling(temperature=0, num_predict=2)
        cached = []
        for forget in (False, False, True):
            if forget:
                engine.forget()
            with engine.generate(tokens, greedy) as generation:
                list(generation)
            cached.append(generation.result.cached_tokens)
    assert cached == [0, len(tokens) - 1, 0]
