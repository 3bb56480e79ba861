"""What becomes of requests when processes end, stall, or nobody waits any more."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from olbuild.core.errors import BusyError, EngineError
from olbuild.running.manager.handle import LoadedModel
from olbuild.running.manager.manager import Models
from olbuild.running.manager.port import Handle
from olbuild.running.manager.settings import Patience
from olbuild.testing.residents import answer, saying, wanted
from tests.tools import ROOT
from tests.unit.running.manager.conftest import Run, until


def process_of(handle: Handle) -> int:
    assert isinstance(handle, LoadedModel)
    return handle._worker.pid


def exists(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text() if Path("/proc/self").exists() else True
    except OSError:
        return False


async def ask(models: Models, name: str = "a", text: str = "hello you") -> str:
    async with models.use(wanted(name)) as handle:
        return await answer(handle, text)


def test_the_end_of_a_process_fails_its_requests_and_nobody_else_s(run: Run) -> None:
    async def test(models: Models) -> None:
        long = "!slow " + "w " * 200
        async with models.use(wanted("a")) as handle, models.use(wanted("b")) as other:
            failing = [asyncio.create_task(answer(handle, long)) for _ in range(10)]
            going = asyncio.create_task(answer(other, "!slow " + "w " * 40))
            await asyncio.sleep(0.1)
            os.kill(process_of(handle), signal.SIGKILL)
            ended = await asyncio.gather(*failing, return_exceptions=True)
            assert {str(error) for error in ended} == {"the process of a was ended by SIGKILL"}
            assert {type(error) for error in ended} == {EngineError}
            with pytest.raises(EngineError, match="SIGKILL"):  # the handle is of the process that is gone
                await answer(handle, "x")
            assert await ask(models, "a") == "hello you "
            assert await going == "w " * 40

    run(test)


def test_a_model_with_several_processes_is_replaced_when_one_ends(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted("twins")) as first, models.use(wanted("twins")) as second:
            processes = {process_of(first), process_of(second)}
            assert len(processes) == 2  # whoever comes gets the one with fewer requests
            going = asyncio.create_task(answer(second, "!slow " + "w " * 60))
            await asyncio.sleep(0.1)
            os.kill(process_of(first), signal.SIGKILL)
            with pytest.raises(EngineError, match="SIGKILL"):
                await answer(first, "!mute")
            async with models.use(wanted("twins")) as third:
                assert process_of(third) not in processes
                assert await answer(third, "new here") == "new here "
            assert await going == "w " * 60
        await until(lambda: not any(exists(process) for process in processes))

    run(test)


def test_the_last_words_of_a_process_are_told(run: Run) -> None:
    async def test(models: Models) -> None:
        with pytest.raises(EngineError, match=r"^the process of a was ended by SIGABRT: GGML_ASSERT\(echo\) failed$"):
            await ask(models, text="x !abort")

    run(test)


def test_a_process_whose_engine_failed_ends(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            with pytest.raises(EngineError, match="has been closed"):
                await answer(handle, "!close")
            await until(lambda: models.running() == ())
        assert await ask(models) == "hello you "

    run(test)


def test_after_crashes_in_a_row_there_is_a_pause(run: Run) -> None:
    async def test(models: Models) -> None:
        for _ in range(3):
            with pytest.raises(EngineError, match="SIGABRT"):
                await ask(models, text="!abort")
        with pytest.raises(BusyError, match=r"a crashed 3 times in a row; the last time, .*GGML_ASSERT") as paused:
            await ask(models)
        assert paused.value.hint == "the next attempt can be made in 5 seconds"
        assert await ask(models, "b") == "hello you "
        key, crashes = str(wanted().root.digest), models._loading._crashes
        crashes.forget(key)
        for _ in range(3):
            crashes.count(key, time.monotonic() - 6, "long ago")
        assert await ask(models) == "hello you "
        crashes.count(key, time.monotonic(), "the first one since then")
        assert crashes.pause(key, time.monotonic()) == 0

    run(test)


def test_a_process_that_stands_still_is_ended(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            going = asyncio.create_task(answer(handle, "a !mute"))
            await asyncio.sleep(2)  # it is mute for longer than silence may last, and says that it is there
            assert not going.done()
            os.kill(process_of(handle), signal.SIGSTOP)
            with pytest.raises(EngineError, match="did not answer"):
                await going
            process = process_of(handle)
        assert not exists(process)
        assert await ask(models) == "hello you "

    run(test, patience=Patience(silence=1.5, load=20.0))


def test_a_process_that_stands_still_does_not_hold_the_end_up(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            process = process_of(handle)
            os.kill(process, signal.SIGSTOP)
        await models.close(0)
        assert not exists(process)

    run(test, patience=Patience(close=0.2))


def test_whoever_goes_away_ends_the_request(run: Run) -> None:
    """Two hundred leave while they wait for the model, before the first word, and in the middle."""

    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            for delay in (0.0, 0.05):
                tasks = [asyncio.create_task(ask(models, text="!slow " + "w " * 10_000)) for _ in range(100)]
                await asyncio.sleep(delay)
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                assert all(isinstance(error, asyncio.CancelledError) for error in ended)
            # The echo has a thread for each request; those that nobody hears end, or the process has 200 of them.
            process = process_of(handle)
            await until(lambda: _threads(process) < 10)
            assert await answer(handle, "still here") == "still here "
            assert models.running()[0].requests == 1

    run(test, most_waiting=1000, most_waiting_of_one=1000)


def test_leaving_the_iteration_early_cancels_too(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            assert isinstance(handle, LoadedModel)
            async for _ in handle.ask(saying("!slow " + "w " * 10_000)):
                break
            kept = handle.ask(saying("!slow " + "w " * 10_000))
            await anext(kept)
            await until(lambda: len(handle._worker._answers) == 1)
        assert handle._worker._answers == {}
        with pytest.raises(EngineError, match="no longer in use"):
            handle.ask(saying("x"))

    run(test)


def test_a_model_that_nobody_waits_for_is_not_loaded(run: Run) -> None:
    async def test(models: Models) -> None:
        waiting = [asyncio.create_task(ask(models, name)) for name in ("stuck", "stuck", "stuck-too")]
        await until(lambda: any(one.state == "loading" for one in models._loading._others))
        (resident,) = [one for one in models._loading._others if one.name == "stuck"]
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        await until(lambda: models._loading._others == [] and models._loading._queue == [])
        assert not any(exists(worker.pid) for worker in resident.workers)
        assert await ask(models) == "hello you "

    run(test)


def test_a_fault_of_ours_is_told_to_those_that_wait(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(models: Models) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(models._loading, "_room", lambda _resident: 1 / 0)
            with pytest.raises(EngineError, match=r"failed to load a \(ZeroDivisionError\)"):
                await ask(models)
        assert await ask(models) == "hello you "

    run(test)


def test_one_who_listens_badly_harms_nobody(run: Run) -> None:
    def listen(_event: object) -> None:
        raise ZeroDivisionError

    async def test(models: Models) -> None:
        async with models.use(wanted(), listen) as handle:
            assert await answer(handle, "hello") == "hello "

    run(test)


def test_nothing_is_left_behind(run: Run) -> None:
    """Loading, crashing and going leave no descriptor, thread, task or process."""

    async def test(models: Models) -> None:
        async def round_of_faults() -> None:
            for text in ("fine", "!abort"):
                await asyncio.gather(ask(models, text=text), return_exceptions=True)
            cancelled = asyncio.create_task(ask(models, "stuck"))
            await asyncio.sleep(0.05)
            cancelled.cancel()
            await asyncio.wait([cancelled])
            await models.unload(wanted().root.digest)
            models._loading._crashes.clear()
            await models._loading._tasks.join()
            await until(lambda: models._loading._others == [] and not _children() and len(asyncio.all_tasks()) == 1)

        def count() -> tuple[int, int, int]:
            descriptors = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
            return descriptors, len(asyncio.all_tasks()), len(_children())

        await round_of_faults()
        before, threads = count(), threading.active_count()
        for _ in range(3):
            await round_of_faults()
        assert count() == before
        assert threading.active_count() <= threads + 8  # asyncio's own, which it keeps: at most cores + 4

    run(test)


def _threads(process: int) -> int:
    folder = Path(f"/proc/{process}/task")  # of Linux
    return len(list(folder.iterdir())) if folder.exists() else 0


def _children() -> list[str]:
    command = ["ps", "-A", "-o", "ppid=", "-o", "args="]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = finished.stdout.splitlines()
    return [line for line in lines if line.split()[0] == str(os.getpid()) and "echoworker" in line]


PARENT = """
import asyncio, sys
from pathlib import Path
from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Settings
from olbuild.testing.echoworker import COMMAND
from olbuild.testing.residents import wanted

async def main():
    models = Models(Settings(home=Path(), command=COMMAND))
    async with models.use(wanted()) as handle:
        print(handle._worker.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_a_worker_ends_with_its_manager_however_that_ends(stopped: bool) -> None:  # noqa: FBT001 - a case
    if stopped and sys.platform != "linux":
        pytest.skip("only Linux ends a process that stands still with its parent")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, env=environment) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert exists(worker)
        if stopped:
            os.kill(worker, signal.SIGSTOP)
        parent.kill()
    deadline = time.monotonic() + 20
    while exists(worker) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not exists(worker)
