"""Nobody gets another answer because others are there, whatever kind of memory a model has."""

from collections.abc import Iterator
from contextlib import closing
from typing import cast

import pytest

from olbuild.running.jobs import Job
from olbuild.running.options import Sampling
from olbuild.running.runtime import load_runtime
from olbuild.running.scheduler import saved
from tests.integration.engine.asking import Asked
from tests.integration.engine.crowd import Crowd
from tests.integration.engine.kinds import KINDS, Kind, Tiny, prompt

PLACEMENTS = {
    "growing": {"parallel": 16, "first": 2, "ready": 256, "cells": 512 * 16, "saved": 900},
    "few cells": {"parallel": 4, "cells": 600, "saved": 900, "state": 20},
    "one sequence": {"parallel": 1, "ready": 256, "cells": 512, "saved": 2000},
}


@pytest.fixture(scope="module", params=KINDS)
def tiny(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    with closing(Tiny(tmp_path_factory.mktemp("tiny"), cast("Kind", request.param))) as tiny:
        yield tiny


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_answers_are_those_that_everybody_would_get_alone(
    tiny: Tiny, placement: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved, "LEAST", 2)  # so that there are many copies
    with closing(tiny.decoder(**PLACEMENTS[placement])) as decoder:
        crowd = Crowd(tiny, decoder, seed)
        for _ in range(24):
            crowd.ask()
            crowd.ask()
            crowd.step()
            crowd.step()
        for _ in range(2000):
            if not crowd.open:
                break
            crowd.step()
        assert not crowd.open
        assert crowd.kept
        assert placement != "few cells" or crowd.scheduler.figures.preempted
        crowd.check()


def test_a_conversation_is_put_back_after_another_one(tiny: Tiny) -> None:
    first, other = prompt(100), prompt(100, 1)
    placement = tiny.placement(parallel=1, ready=256, cells=512, saved=2000)
    with closing(load_runtime([tiny.path], placement=placement)) as runtime:
        cached = []
        for tokens in (first, other, (*first, 1, 2, 3), (*first[:60], 5)):
            asked = Asked(runtime, Job(prompt=tokens, sampling=Sampling(temperature=0, num_predict=1)))
            cached.append(asked.answer()[1].cached_tokens)
    assert cached[:3] == [0, 0, 100]
    assert cached[3] == (60 if tiny.kind in {"all", "positions"} else 0)
