"""The weights of a real model in huge pages: the same answers, to the last bit of their probabilities."""

import shutil
from contextlib import ExitStack, closing
from pathlib import Path

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


@pytest.fixture
def model(smollm2: Path, tmp_path: Path) -> Path:
    """Return a file that no other test of this process has mapped."""
    return shutil.copyfile(smollm2, tmp_path / "model.gguf")


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


def test_answers_are_the_same_before_and_after(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("olbuild.running.engine.pages.usable_memory", lambda: 0)  # there is room, whatever else runs
    with closing(load_runtime([model])) as runtime:
        runtime.settle()
        before = in_file(model)
        assert before > 16 * PIECE
        first, *others = answers(runtime)
        assert in_file(model) < 4 * PIECE
    assert first
    assert others == [first, first]
    assert in_file(model) == 0


def test_who_wants_it_mapped_has_it_mapped(model: Path) -> None:
    with closing(load_runtime([model], options=LoadOptions(use_mmap=True))) as runtime:
        runtime.settle()
        before = in_file(model)
        answers(runtime)
        assert in_file(model) == before > 16 * PIECE


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
        before = in_file(path)
        for _ in range(3):
            while pages.move():
                pass
            decoder.apply(Step(edits=(Cut(0, 0),)))
            read(decoder, 0, prompt(60))
        assert in_file(path) > before // 2
