"""The weights of real models in huge pages: the same answers, to the last bit of their probabilities."""

from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from olbuild.core.records import replace
from olbuild.llama.buffers import measure
from olbuild.running.engine.background import StopFlag
from olbuild.running.engine.decoder import Decoder
from olbuild.running.engine.pages import HugePages, is_possible, regions
from olbuild.running.engine.weights import Weights
from olbuild.running.jobs import Piece
from olbuild.running.options import LoadOptions
from olbuild.running.placement import Placement
from olbuild.running.runtime import LlamaRuntime, load_runtime
from olbuild.running.steps import Cut, Step
from olbuild.testing.shapes import ModelShape, write_shape
from tests.integration.engine.asking import FRANCE, Asked, job
from tests.integration.engine.kinds import prompt, read

pytestmark = pytest.mark.skipif(not is_possible(), reason="this system has no huge pages of 2 MiB for who asks")
PIECE = 2 << 20


def answers(runtime: LlamaRuntime) -> list[list[Piece]]:
    """Ask the same three times, without what was read before, and let the engine come to rest each time."""
    found = []
    for number in range(3):
        asked = replace(job(runtime, FRANCE, num_predict=12), logprobs=2, cache=str(number))
        found.append([event for event in Asked(runtime, asked) if isinstance(event, Piece)])
        runtime.settle()
    return found


def in_file(path: Path) -> int:
    """Return how much of a file is mapped, in bytes."""
    return sum(region.end - region.start for region in regions() if region.name == str(path.resolve()))


def test_answers_are_the_same_before_and_after(smollm2: Path) -> None:
    with closing(load_runtime([smollm2])) as runtime:
        runtime.settle()
        before = in_file(smollm2)
        assert before > 16 * PIECE
        first, *others = answers(runtime)
        assert in_file(smollm2) < 4 * PIECE
    assert first
    assert others == [first, first]
    assert in_file(smollm2) == 0


def test_who_wants_it_mapped_has_it_mapped(smollm2: Path) -> None:
    with closing(load_runtime([smollm2], options=LoadOptions(use_mmap=True))) as runtime:
        runtime.settle()
        before = in_file(smollm2)
        answers(runtime)
        assert in_file(smollm2) == before > 16 * PIECE


def test_what_is_kept_in_another_order_stays_in_the_file(tmp_path: Path) -> None:
    """Most processors have an order of their own for matrices of Q4_0, and read the file's never again."""
    shape = ModelShape(layers=8, width=1024, heads=8, head_size=128, forward=4096, vocabulary=4096, type="Q4_0")
    path = write_shape(tmp_path / "model.gguf", shape)
    placement, stop = Placement(context=256, cells=256, batch=64), StopFlag()
    pages = HugePages([path])
    with ExitStack() as stack:
        with measure() as measured:
            weights = stack.enter_context(
                closing(Weights([path], (), LoadOptions(), placement, stop, lambda _fraction: None))
            )
            decoder = stack.enter_context(closing(Decoder(weights, placement, stop)))
        if all(buffer.place != "CPU_REPACK" for buffer in measured.buffers):
            pytest.skip("llama.cpp has no order of its own for this processor")
        pages.look()
        before, found = in_file(path), []
        for _ in range(3):
            while pages.move():
                pass
            decoder.apply(Step(edits=(Cut(0, 0),)))
            found.append(read(decoder, 0, prompt(60)))
        assert in_file(path) > before // 2
    assert all(np.array_equal(found[0], other) for other in found)
