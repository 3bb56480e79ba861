"""Many people at one manager while processes are killed: every answer is whole or says why not, and nothing is left."""

import asyncio
import gc
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from olbuild.core.errors import BusyError, EngineError
from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Patience, Settings
from olbuild.testing.echoworker import COMMAND
from olbuild.testing.residents import answer, wanted

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
PEOPLE = 24
NAMES = "abcde"
SIZE = 1 << 30
REASONS = ("was ended by", "did not answer", "being unloaded", "ended with exit code")
ANSWER = 60.0  # seconds in which every request ends, one way or the other


@pytest.mark.parametrize("seconds", [6, pytest.param(60 * MINUTES / 4, marks=pytest.mark.soak)])
def test_many_people_and_many_faults(seconds: float, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    gc.collect()  # what other tests left is not to go in the meantime
    threads = threading.active_count()
    descriptors = _descriptors()
    counts = asyncio.run(_crowd(seed, seconds, tmp_path))
    print(dict(counts))
    assert counts["whole"] > 0
    assert _descriptors() == descriptors
    assert threading.active_count() == threads


async def _crowd(seed: int, seconds: float, home: Path) -> Counter[str]:
    models = Models(
        Settings(
            home=home,
            command=COMMAND,
            most_waiting=PEOPLE // 2,
            patience=Patience(load=20.0, silence=2.0, close=1.0),
            free_memory=lambda: int(SIZE * 3.5 / 0.95),
        )
    )
    end = time.monotonic() + seconds
    counts: Counter[str] = Counter()
    processes: set[int] = set()
    try:
        people = [_person(models, random.Random(seed + number), end, counts) for number in range(PEOPLE)]  # noqa: S311
        await asyncio.gather(*people, _villain(models, random.Random(seed), end, processes))  # noqa: S311
        async with asyncio.timeout(ANSWER):
            await models.close(0)
    finally:
        await models.close(0)
    assert models._line.open == 0
    assert len(models._loading._tasks) == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [process for process in processes if _exists(process)]
    return counts


async def _person(models: Models, choose: random.Random, end: float, counts: Counter[str]) -> None:
    """Ask until the time is over."""
    while time.monotonic() < end:
        words = " ".join(str(choose.random()) for _ in range(choose.randrange(1, 30)))
        text = choose.choice(["", "!slow "]) + words
        asking = asyncio.create_task(_ask(models, choose.choice(NAMES), text, choose))
        if choose.random() < 0.2:
            await asyncio.sleep(choose.random() / 5)
            asking.cancel()
        done, _ = await asyncio.wait([asking], timeout=ANSWER)
        assert done, "a request is stuck"
        counts[_outcome(asking, words + " ")] += 1
        models._loading._crashes.clear()  # or the pauses after crashes would take most of the time
        await asyncio.sleep(choose.random() / 10)


def _outcome(asking: asyncio.Task[str], expected: str) -> str:
    """Say how a request ended; none may end otherwise."""
    if asking.cancelled():
        return "cancelled"
    match asking.exception():
        case None:
            assert asking.result() == expected
            return "whole"
        case BusyError() as busy:
            assert busy.retry_after >= 1
            return "refused"
        case error:
            assert isinstance(error, EngineError)
            assert any(reason in error.message for reason in REASONS), error.message
            return "failed"


async def _ask(models: Models, name: str, text: str, choose: random.Random) -> str:
    options = {"num_ctx": choose.choice([2048, 2048, 2048, 64])}
    keep_alive = choose.choice([None, None, 0.0, 0.1, -1.0])
    wish = wanted(name, SIZE, options=options, keep_alive=keep_alive, client=str(choose.randrange(3)))
    async with models.use(wish) as handle:
        return await answer(handle, text)


async def _villain(models: Models, choose: random.Random, end: float, processes: set[int]) -> None:
    """Kill, stop and unload what is loaded."""
    while time.monotonic() < end:
        await asyncio.sleep(choose.random() / 2)
        workers = [worker.pid for one in models._loading._others for worker in one.workers]
        processes.update(workers)
        if not workers:
            continue
        match choose.randrange(8):
            case 0:
                await models.unload(choose.choice(models._loading._others).root.digest)
            case 1:
                _signal(choose.choice(workers), signal.SIGSTOP)
            case _:
                _signal(choose.choice(workers), choose.choice([signal.SIGKILL, signal.SIGABRT]))


def _signal(process: int, number: int) -> None:
    if _exists(process):
        os.kill(process, number)


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
