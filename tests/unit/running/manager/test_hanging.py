"""An engine that hangs in a step, in a process that answers all the same."""

import asyncio
import re

from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Patience
from olbuild.running.requests import Tokenize
from olbuild.testing.residents import answer, wanted
from tests.unit.running.manager.conftest import Run
from tests.unit.running.manager.test_faults import ask, exists, process_of


def test_a_process_whose_engine_hangs_is_ended_though_it_says_that_it_is_there(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted("a")) as handle, models.use(wanted("b")) as other:
            going = [asyncio.create_task(answer(handle, text)) for text in ("a !hang", "b !mute")]
            beside = asyncio.create_task(answer(other, "!slow " + "w " * 100))
            process = process_of(handle)
            ended = await asyncio.gather(*going, return_exceptions=True)
            (message,) = {str(error) for error in ended}
            assert re.fullmatch(
                r"the process of a had not done a step of 1 tokens after \d+ seconds, and was ended", message
            )
            assert await beside == "w " * 100
        assert not exists(process)
        assert await ask(models) == "hello you "

    # A step of one token may take a second, one of a hundred tokens far longer.
    run(test, patience=Patience(step=0.9, token=0.1, silence=1.2, load=20.0))


def test_a_step_may_take_longer_the_more_tokens_it_has() -> None:
    patience = Patience()
    assert patience.of_step(1) == 123
    assert patience.of_step(512) > 1500


def test_long_texts_leave_hands_for_short_ones(run: Run) -> None:
    """Cutting a text into tokens takes minutes if it is long enough, and holds up nobody but who sends such."""

    async def test(models: Models) -> None:
        async with models.use(wanted("a")) as handle:
            text = "!hang " + "x" * (1 << 20)
            asked = [handle.ask(Tokenize(text=text)) for _ in range(8)]
            going = [asyncio.ensure_future(anext(each)) for each in asked]
            await asyncio.sleep(0)
            assert await answer(handle, "hello you") == "hello you "
            for each in going:
                each.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    run(test)
