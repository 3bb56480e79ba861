"""What was read of images is kept aside, copied and put back, with its positions."""

import pytest

from olbuild.running.placement import Placement
from olbuild.running.runtime import load_runtime
from tests.integration.vision.asking import Asked
from tests.integration.vision.tiny import Seeing, png

PLACEMENTS = (
    Placement(context=600, parallel=4, cells=600, batch=64, outputs=16, threads=2, saved=40_000),
    Placement(context=600, parallel=4, first=1, ready=256, cells=2400, batch=64, outputs=16, threads=2, saved=40_000),
)
TEXT = "and much text, so that what was read before has to make room for it. " * 4


@pytest.mark.parametrize("placement", PLACEMENTS, ids=["shared", "separate"])
def test_an_image_that_was_put_aside_is_seen_again(seeing: Seeing, placement: Placement) -> None:
    runtime = load_runtime([seeing.weights], projector=seeing.projector, placement=placement)
    try:
        image = png(100, 70, 21)
        first = Asked(runtime, (TEXT, " what is this?"), (image,)).answer
        for number in range(6):
            others = [Asked(runtime, (f"{number}.{each} {TEXT}",), ()) for each in range(3)]
            assert all(other.done for other in others)
        again = Asked(runtime, (TEXT, " what is this?"), (image,))
        assert again.answer.agrees(first)
        assert again.done.cached_tokens > len(TEXT)
        follow = Asked(runtime, (TEXT, " what is that?"), (image,))
        assert follow.done.cached_tokens > len(TEXT)
    finally:
        runtime.close()
