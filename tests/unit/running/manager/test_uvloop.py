"""uvicorn's faster event loop has transports of its own, and processes of its own."""

import asyncio
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Settings
from olbuild.testing.echoworker import COMMAND
from olbuild.testing.residents import answer, wanted

uvloop = pytest.importorskip("uvloop")


def test_a_manager_works_in_uvloop_too(tmp_path: Path) -> None:
    async def test() -> None:
        models = Models(Settings(home=tmp_path, command=COMMAND))
        async with asyncio.timeout(60):
            async with models.use(wanted()) as handle:
                assert await answer(handle, "hello you") == "hello you "
                leaving = asyncio.create_task(answer(handle, "!slow " + "w " * 10_000))
                await asyncio.sleep(0.1)
                leaving.cancel()
                with pytest.raises(EngineError, match=r"GGML_ASSERT\(echo\) failed"):
                    await answer(handle, "!abort")
            async with models.use(wanted()) as handle:
                assert await answer(handle, "here again") == "here again "
            await models.close(1)
        assert models.running() == ()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(test())
