"""A manager whose workers have no engine."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Patience, Settings
from olbuild.testing.echoworker import COMMAND


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    while not condition():  # noqa: ASYNC110 - what happens is outside of this process, or tells nobody
        await asyncio.sleep(0.01)


Run = Callable[..., None]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a test with a manager, in an event loop that is watched, and close the manager."""

    def run(test: Callable[[Models], Awaitable[None]], **settings: Any) -> None:  # noqa: ANN401 - as Settings has them
        async def body() -> None:
            models = Models(
                Settings(**{"home": tmp_path, "command": COMMAND, "patience": Patience(close=20.0), **settings})
            )
            try:
                async with asyncio.timeout(60):
                    await test(models)
            finally:
                await models.close(0)
            assert models.running() == ()

        asyncio.run(body(), debug=True)

    return run
