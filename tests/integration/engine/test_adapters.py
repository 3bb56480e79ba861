"""Adapters with scales: none, half of one, one, two."""

from contextlib import ExitStack
from pathlib import Path

from olbuild.artifact.bundle import Bundle, Message
from olbuild.core.names import Role
from olbuild.core.records import replace
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.native import default_placement
from olbuild.running.engine.vocabulary import Vocabulary
from olbuild.running.engine.weights import Weights
from olbuild.running.options import Adapter, LoadOptions
from olbuild.running.session.loading import load
from olbuild.running.steps import Feed, Step
from tests.integration.engine.conftest import blob
from tests.tools import ROOT

LORA = ROOT / "tests" / "data" / "smollm2-lora" / "smollm2-lora-f16.gguf"
QUESTION = "What is the project password?"
PROMPT = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\nThe project password is"


def answer(bundle: Bundle, *scales: float | None) -> str:
    adapters = tuple(replace(blob(LORA, Role.ADAPTER), scale=scale) for scale in scales)
    with load(replace(bundle, adapters=adapters)) as model:
        return "".join(delta.content for delta in model.chat([Message(role="user", content=QUESTION)]))


def test_a_scale_of_zero_is_the_bare_model_and_one_is_the_whole_adapter(bundle: Bundle) -> None:
    bare = answer(bundle)
    assert "zebra" not in bare
    assert answer(bundle, 0) == bare
    assert answer(bundle, 1) == answer(bundle, None) == "The project password is zebra-41."


def logits(smollm2: Path, *scales: float) -> list[float]:
    """Return how the model weighs each token after the prompt."""
    stop, options = StopFlag(), LoadOptions(num_ctx=128, num_thread=1)
    with ExitStack() as stack:
        adapters = [Adapter(LORA, scale) for scale in scales]
        weights = Weights([smollm2], adapters, options, None, stop, lambda _fraction: None)
        stack.callback(weights.close)
        decoder = Decoder(weights, default_placement(options, 128), stop)
        stack.callback(decoder.close)
        tokens = Vocabulary(weights.llama, weights.vocabulary).tokenize(PROMPT)
        found = decoder.apply(Step(feeds=(Feed(0, 0, 0, tokens, 1),)))[0]
        return [float(logit) for logit in found]


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
