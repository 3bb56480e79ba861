"""A manager with workers that are real processes, and have no engine."""

import asyncio
import os
import signal

import pytest

from olbuild.core.errors import BusyError, EngineError, ResourceError, UsageError
from olbuild.core.events import Advanced, Event, Finished, Started
from olbuild.running.manager.handle import LoadedModel
from olbuild.running.manager.manager import Models
from olbuild.running.manager.settings import Patience
from olbuild.running.requests import Tokenize, Tokens
from olbuild.testing.residents import answer, wanted
from tests.unit.running.manager.conftest import Run, until


def process_of(handle: object) -> int:
    assert isinstance(handle, LoadedModel)
    return handle._worker.pid


def exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def ask(models: Models, name: str = "a", text: str = "hello you", **wish: object) -> str:
    async with models.use(wanted(name, **wish)) as handle:  # type: ignore[arg-type]
        return await answer(handle, text)


def test_a_model_is_loaded_once_for_all_that_wait_and_kept(run: Run) -> None:
    async def test(models: Models) -> None:
        heard: list[Event] = []
        processes = set()

        async def use() -> float:
            async with models.use(wanted(), heard.append) as handle:
                processes.add(process_of(handle))
                assert await answer(handle, "hello you") == "hello you "
                assert handle.facts.context == 2048
                return handle.load_seconds

        assert all(seconds > 0 for seconds in await asyncio.gather(*(use() for _ in range(5))))
        assert isinstance(heard[0], Started)
        assert isinstance(heard[-1], Finished)
        assert sum(event.amount for event in heard if isinstance(event, Advanced)) == 5 * 100
        heard.clear()
        assert await use() == 0
        assert heard == []
        assert len(processes) == 1
        (running,) = models.running()
        assert (running.name, running.context, running.requests) == ("a", 2048, 0)
        assert running.memory >= 1000
        assert running.expires is not None
        assert 290 < running.expires <= 300

    run(test)


def test_what_is_not_a_chat_is_answered_too(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            assert [event async for event in handle.ask(Tokenize(text="a b c"))] == [Tokens(count=3)]

    run(test)


def test_an_error_is_raised_as_what_it_is_and_harms_nobody(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            with pytest.raises(UsageError, match="refused"):
                await answer(handle, "a !refuse b")
            assert await answer(handle, "b") == "b "

    run(test)


def test_keep_alive_says_when_a_model_goes(run: Run) -> None:
    async def test(models: Models) -> None:
        await ask(models, keep_alive=-1)
        await ask(models)
        assert models.running()[0].expires is None  # as the earlier request said
        await ask(models, keep_alive=0)
        await until(lambda: not models.running())
        async with models.use(wanted(keep_alive=0)) as handle:
            process = process_of(handle)
            await ask(models, keep_alive=0.05)
            await asyncio.sleep(0.2)
            assert await answer(handle, "I am still here") == "I am still here "
        await asyncio.sleep(0.01)
        await until(lambda: not models.running())
        await until(lambda: not exists(process))

    run(test)


def test_a_model_with_other_options_takes_the_place_of_itself(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            first = process_of(handle)
            assert await ask(models, options={"num_ctx": 64}) == "hello you "
            assert await answer(handle, "still here") == "still here "
        await until(lambda: not exists(first))
        assert models.running()[0].context == 64
        async with models.use(wanted(options={"num_ctx": 64, "num_gpu": -1, "temperature": 1})) as handle:
            assert handle.load_seconds == 0
        async with models.use(wanted()) as handle:  # the artifact says 2048
            assert handle.load_seconds > 0
            assert handle.facts.context == 2048

    run(test)


def test_idle_models_make_room(run: Run) -> None:
    async def test(models: Models) -> None:
        for name in "abc":
            await ask(models, name, keep_alive=100 - ord(name) % 3)
        names = {running.name for running in models.running()}
        await ask(models, "d")
        assert len(names - {running.name for running in models.running()}) == 1
        assert len(models.running()) == 3

    run(test)


def test_a_model_in_use_is_waited_for_and_gets_no_further_requests(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted("a")) as handle:
            other = asyncio.create_task(ask(models, "b"))
            await until(lambda: models._loading.ready == [])
            again = asyncio.create_task(ask(models, "a"))  # comes behind b, or b would never come
            assert await answer(handle, "mine") == "mine "
            assert not other.done()
            assert not again.done()
        assert await other == "hello you "
        assert await again == "hello you "

    run(test, most_loaded=1)


def test_memory_decides_too(run: Run) -> None:
    async def test(models: Models) -> None:
        await ask(models, "a", size=6 << 30)
        await ask(models, "b", size=2 << 30)
        assert len(models.running()) == 2
        await ask(models, "c", size=7 << 30)
        assert {running.name for running in models.running()} == {"b", "c"}
        with pytest.raises(ResourceError, match=r"d needs 11,811,160,064 bytes of memory, and 11,\d"):
            await ask(models, "d", size=11 << 30)
        assert {running.name for running in models.running()} == {"b", "c"}

    run(test, free_memory=lambda: int((10.4 * (1 << 30)) / 0.95))


def test_idle_models_go_when_more_memory_is_taken_than_was_predicted(run: Run) -> None:
    size = 1 << 30  # more than the processes have, or nothing is reserved for what they read

    async def test(models: Models) -> None:
        await ask(models, "a", size=size)
        await ask(models, "b", size=size)
        assert await ask(models, "greedy", size=size) == "hello you "
        assert [running.name for running in models.running()] == ["greedy"]
        async with models.use(wanted("a", size)) as handle:
            with pytest.raises(ResourceError, match="memory ran out"):
                await ask(models, "greedy-too", size=size)
            assert await answer(handle, "still here") == "still here "

    run(test)


def test_what_cannot_be_loaded_says_why_to_all_that_wait(run: Run) -> None:
    async def test(models: Models) -> None:
        ended = await asyncio.gather(*(ask(models, "broken") for _ in range(3)), return_exceptions=True)
        assert [str(error) for error in ended] == ["an echo cannot be loaded that is broken"] * 3
        assert isinstance(ended[0], EngineError)
        assert ended[0].hint == "name it otherwise"
        assert models.running() == ()

    run(test)


def test_loading_that_does_not_advance_ends(run: Run) -> None:
    async def test(models: Models) -> None:
        with pytest.raises(EngineError, match="did not get on with loading"):
            await ask(models, "stuck")

    run(test, patience=Patience(load=0.3, silence=2.0))


def test_a_command_that_is_no_worker_is_an_error(run: Run) -> None:
    async def test(models: Models) -> None:
        with pytest.raises(EngineError, match="cannot be started"):
            await ask(models)

    run(test, command=("/nowhere/python",))

    async def dies(models: Models) -> None:
        with pytest.raises(EngineError, match=r"exit code 3: the reason$"):
            await ask(models)

    run(dies, command=("/bin/sh", "-c", "echo the reason >&2; exit 3"))


def test_queues_have_an_end(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted(client="x")) as handle:
            others = [asyncio.create_task(ask(models, "b", client=str(number))) for number in range(4)]
            await until(lambda: not models._loading.ready)  # what is going to make room does not wait: it is answered
            with pytest.raises(BusyError, match="4 requests wait already") as busy:
                await ask(models, "b", client="y")
            assert busy.value.retry_after > 0
            assert await answer(handle, "still") == "still "
        assert await asyncio.gather(*others) == ["hello you "] * 4

    run(test, most_loaded=1, most_waiting=4)


def test_close_waits_for_what_is_going_on_and_for_nothing_new(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted("b")):
            pass
        going = asyncio.create_task(ask(models, text="!slow " + "w " * 30))
        await until(lambda: any(running.requests for running in models.running()))
        waiting = asyncio.create_task(ask(models, "stuck"))
        await asyncio.sleep(0.1)
        closing = asyncio.create_task(models.close(20))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="shut down"):
            await ask(models)
        with pytest.raises(BusyError, match="shut down"):
            await waiting
        assert await going == "w " * 30
        await closing

    run(test)


def test_after_the_grace_close_ends_everything(run: Run) -> None:
    async def test(models: Models) -> None:
        going = asyncio.create_task(ask(models, text="a !mute"))
        await until(lambda: any(running.requests for running in models.running()))
        await models.close(0.1)
        with pytest.raises(EngineError):
            await going

    run(test)


def test_unload_lets_a_model_go_once_it_is_not_used(run: Run) -> None:
    async def test(models: Models) -> None:
        root = wanted().root.digest
        assert await models.unload(root) is False
        async with models.use(wanted()) as handle:
            assert await models.unload(root) is True
            assert await answer(handle, "still") == "still "
        await until(lambda: not models.running())
        await ask(models)
        assert await models.unload(root) is True
        assert models.running() == ()

    run(test)


def test_a_terminal_s_interrupt_is_not_for_workers(run: Run) -> None:
    async def test(models: Models) -> None:
        async with models.use(wanted()) as handle:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(process_of(handle), number)
            assert os.getsid(process_of(handle)) != os.getsid(0)
            assert await answer(handle, "still here") == "still here "

    run(test)
