"""Answers about images: as llama.cpp gives them itself, whoever else asks, whatever was read before."""

from collections.abc import Callable, Sequence

import pytest

from olbuild.core.errors import UsageError
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime import LlamaRuntime, load_runtime
from tests.integration.vision.asking import COUNT, Asked
from tests.integration.vision.oracle import MARKER, greedy
from tests.integration.vision.tiny import Kind, Seeing, png

ONE, TWO, THREE = png(100, 60, 1), png(40, 90, 2), png(64, 64, 3)
PROMPTS = (
    (("look: ", " what is it?"), (ONE,)),
    (("", "?"), (TWO,)),
    (("the first ", " and the second ", " and a text behind them"), (TWO, ONE)),
    (("twice ", "", " the same"), (THREE, THREE)),
)


def expected(runtime: LlamaRuntime, seeing: Seeing, texts: Sequence[str], images: Sequence[bytes]) -> bytes:
    """Return what llama.cpp answers, up to the token that ends the answer."""
    tokens = greedy(seeing, MARKER.join(texts), images, COUNT)
    end = runtime.tokenize(runtime.facts.eos, add_bos=False)[0]
    pieces = map(runtime.piece, tokens[: tokens.index(end)] if end in tokens else tokens)
    return b"".join(piece for piece in pieces if len(piece) <= 2)  # control tokens have no bytes


@pytest.mark.parametrize(("texts", "images"), PROMPTS)
def test_an_answer_is_that_of_llama_cpp(
    runtime: LlamaRuntime, seeing: Seeing, texts: Sequence[str], images: Sequence[bytes]
) -> None:
    assert Asked(runtime, texts, images).answer.bytes == expected(runtime, seeing, texts, images)


def test_answers_depend_on_the_image_and_its_place(runtime: LlamaRuntime) -> None:
    answers = {
        tuple(round(one.logprob, 2) for one in Asked(runtime, texts, images).answer)
        for texts, images in (
            (("see ", " and ", " there"), (ONE, TWO)),
            (("see ", " and ", " there"), (TWO, ONE)),
            (("see ", " and ", " there"), (ONE, THREE)),
            (("see and ", "", " there"), (ONE, TWO)),
        )
    }
    assert len(answers) == 4


def test_an_image_is_read_once(runtime: LlamaRuntime) -> None:
    image = png(80, 80, 11)
    first = Asked(runtime, ("a picture ", " of what?"), (image,))
    assert first.done.cached_tokens < 12
    second = Asked(runtime, ("a picture ", " of whom?"), (image,))
    assert second.done.cached_tokens == second.done.prompt_tokens - len("om?")
    again = Asked(runtime, ("a picture ", " of what?"), (image,))
    assert again.done.cached_tokens == again.done.prompt_tokens - 1
    assert again.answer.agrees(first.answer)
    other = Asked(runtime, ("a picture ", " of what?"), (png(80, 80, 12),))
    assert other.done.cached_tokens < 64
    assert other.answer.bytes != first.answer.bytes


def test_many_at_once_do_not_see_the_images_of_others(runtime: LlamaRuntime) -> None:
    images = [png(60 + number, 60, 100 + number) for number in range(6)]
    alone = [Asked(runtime, ("tell ", " now"), (image,)).answer for image in images]
    assert len({answer.bytes for answer in alone}) == len(alone)
    for _ in range(3):
        together = [Asked(runtime, ("tell ", " now"), (image,)) for image in images]
        texts = [Asked(runtime, (f"no picture, but number {number}",), ()) for number in range(4)]
        assert all(asked.answer.agrees(own) for asked, own in zip(together, alone, strict=True))
        assert all(asked.done for asked in texts)


def test_who_has_to_make_room_sees_again(seeing: Seeing) -> None:
    """Ten answers, of which four fit: they preempt each other, and begin again at any place."""
    placement = Placement(context=400, parallel=8, cells=800, batch=64, outputs=16, threads=2)
    runtime = load_runtime([seeing.weights], projector=seeing.projector, placement=placement)
    try:
        images = [png(90, 50, 200 + number) for number in range(10)]
        alone = [Asked(runtime, ("what ", " is"), (image,), count=80).answer for image in images]
        together = [Asked(runtime, ("what ", " is"), (image,), count=80) for image in images]
        assert all(asked.answer.agrees(own) for asked, own in zip(together, alone, strict=True))
    finally:
        runtime.close()


def test_an_image_larger_than_a_step(models: Callable[[Kind], Seeing]) -> None:
    """Its vectors are evaluated in several batches, where they need not see each other."""
    seeing = models("qwen2vl")
    runtime = load_runtime([seeing.weights], options=LoadOptions(num_batch=8), projector=seeing.projector)
    try:
        texts, images = PROMPTS[2]
        assert Asked(runtime, texts, images).answer.bytes == expected(runtime, seeing, texts, images)
    finally:
        runtime.close()


def test_an_image_that_must_be_evaluated_at_once_and_cannot(models: Callable[[Kind], Seeing]) -> None:
    """llama.cpp would end the process."""
    seeing = models("gemma3")
    runtime = load_runtime([seeing.weights], options=LoadOptions(num_batch=8), projector=seeing.projector)
    try:
        with pytest.raises(UsageError, match="evaluated at once, and a step has 8"):
            runtime.look(ONE)
    finally:
        runtime.close()


def test_a_job_with_an_image_can_be_cancelled(runtime: LlamaRuntime) -> None:
    asked = Asked(runtime, ("go ", " on"), (ONE,), count=3000)
    asked.ticket.cancel()
    assert asked.done.finish == "interrupted"
    assert Asked(runtime, ("look: ", " what is it?"), (ONE,)).done.tokens > 0


@pytest.mark.parametrize("size", [(1, 1), (1, 100), (100, 1), (3, 250), (3000, 40), (640, 480)])
def test_images_of_any_size(runtime: LlamaRuntime, size: tuple[int, int]) -> None:
    assert Asked(runtime, ("see ", " there"), (png(*size, 1),)).done.tokens > 0


@pytest.mark.parametrize("cut", [30, 60, 100, -20])
def test_a_broken_image_harms_nobody(runtime: LlamaRuntime, cut: int) -> None:
    with pytest.raises(UsageError):
        runtime.look(png(100, 60, 1)[:cut])
    assert Asked(runtime, ("look: ", " what is it?"), (ONE,)).done.tokens > 0
