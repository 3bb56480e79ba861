"""A manager with real workers and a real, small model."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from olbuild.artifact.bundle import Bundle
from olbuild.artifact.profiles.modelpack import write
from olbuild.core.content import Descriptor, FileContent
from olbuild.core.errors import EngineError, NotFoundError, ResourceError, UsageError
from olbuild.core.records import replace
from olbuild.running.manager.handle import LoadedModel
from olbuild.running.manager.manager import Models
from olbuild.running.manager.port import Handle, Wanted
from olbuild.running.manager.settings import Patience, Settings
from olbuild.running.requests import Chat, Delta, Done, Grammar, Tokenize, Tokens
from olbuild.storage.store import Store

QUESTION = ({"role": "user", "content": "What is the capital of France?"},)
LONG = Chat(
    messages=({"role": "user", "content": "Count."},),
    options={"num_predict": 400, "temperature": 0.0, "seed": 1},
    format=Grammar(kind="regex", text="[a-z ]{4000}"),  # so that it does not end by itself
)

Run = Callable[..., None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("olbuild")


@pytest.fixture
def root(home: Path, bundle: Bundle) -> Descriptor:
    """Return the root of the model in a store."""
    return stored(home, bundle)


def stored(home: Path, bundle: Bundle) -> Descriptor:
    store = Store.open(home)
    (weights,) = bundle.weights
    assert isinstance(weights.content, FileContent)
    digest = store.import_file(weights.content.path).digest
    graph = write(replace(bundle, weights=(replace(weights, digest=digest),)))
    for node in graph:
        store.push(node.descriptor, node.content)
    store.tag(graph.root, f"registry.example/{str(graph.root.digest)[7:17]}:latest")
    return graph.root


@pytest.fixture
def run(home: Path) -> Run:
    def run(test: Callable[[Models], Awaitable[None]], **settings: Any) -> None:  # noqa: ANN401 - as Settings has them
        async def body() -> None:
            models = Models(Settings(**{"home": home, **settings}))
            try:
                async with asyncio.timeout(240):
                    await test(models)
            finally:
                await models.close(0)

        asyncio.run(body())

    return run


def process_of(handle: Handle) -> int:
    assert isinstance(handle, LoadedModel)
    return handle._worker.pid


async def answer(handle: Handle, request: Chat) -> str:
    return "".join([event.content async for event in handle.ask(request) if isinstance(event, Delta)])


async def ask(models: Models, root: Descriptor, request: Chat = Chat(messages=QUESTION), **options: float) -> str:  # noqa: B008 - frozen
    async with models.use(Wanted(name="smol", root=root, options=options)) as handle:
        return await answer(handle, request)


def test_a_model_of_the_store_answers(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        async with models.use(Wanted(name="smol", root=root, options={})) as handle:
            events = [event async for event in handle.ask(Chat(messages=QUESTION))]
            assert "Paris" in "".join(event.content for event in events if isinstance(event, Delta))
            assert isinstance(events[-1], Done)
            assert events[-1].tokens > 1
            assert "completion" in handle.facts.capabilities
            (tokens,) = [event async for event in handle.ask(Tokenize(text="a b"))]
            assert isinstance(tokens, Tokens)
            assert tokens.count == 2
            (running,) = models.running()
            assert running.memory > 90_000_000  # the weights

    run(test)


def test_what_is_impossible_is_said_and_harms_nobody(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        bad = Chat(messages=QUESTION, options={"temperature": "hot"})
        with pytest.raises(UsageError, match="temperature"):
            await ask(models, root, bad)
        with pytest.raises(UsageError, match="num_ctx"):
            await ask(models, root, num_ctx=1e30)
        missing = replace(root, digest=type(root.digest).of(b"nothing"))
        with pytest.raises(NotFoundError, match="not in the local store any more"):
            await ask(models, missing)
        assert "Paris" in await ask(models, root)

    run(test)


def test_what_memory_does_not_suffice_for_is_refused_before_it_is_loaded(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        with pytest.raises(ResourceError, match=r"smol needs [\d,]+ bytes of memory, and 99,614,720 are free"):
            await ask(models, root)

    run(test, free_memory=lambda: 100 << 20)


def test_a_context_of_another_size_is_another_load(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        for size, loads in ((0, True), (4096, False), (512, True), (0, True)):
            async with models.use(Wanted(name="smol", root=root, options={"num_ctx": size})) as handle:
                assert handle.facts.context == (size or handle.facts.context)
                assert (handle.load_seconds > 0) is loads

    run(test)


def test_models_take_turns_where_only_one_fits(run: Run, home: Path, bundle: Bundle, root: Descriptor) -> None:
    other = stored(home, replace(bundle, system="Answer in one word."))

    async def test(models: Models) -> None:
        answers = await asyncio.gather(*(ask(models, one) for one in (root, other, root, other)))
        assert all("Paris" in text for text in answers)
        assert len(models.running()) == 1

    run(test, most_loaded=1)


def test_kill_9_under_load_fails_what_was_going_on_and_nothing_else(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        async with models.use(Wanted(name="smol", root=root, options={})) as handle:
            going = [asyncio.create_task(answer(handle, LONG)) for _ in range(16)]
            await asyncio.sleep(1)
            os.kill(process_of(handle), signal.SIGKILL)
            ended = await asyncio.gather(*going, return_exceptions=True)
        assert {type(error) for error in ended} == {EngineError}
        assert all("SIGKILL" in str(error) for error in ended)
        assert "Paris" in await ask(models, root)

    run(test)


def test_a_process_that_stands_still_is_ended(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        async with models.use(Wanted(name="smol", root=root, options={})) as handle:
            going = asyncio.create_task(answer(handle, LONG))
            await asyncio.sleep(0.5)
            os.kill(process_of(handle), signal.SIGSTOP)
            with pytest.raises(EngineError, match="did not answer for 3 seconds"):
                await going
        assert "Paris" in await ask(models, root)

    run(test, patience=Patience(silence=3.0))


def test_two_hundred_that_go_away_leave_nothing_behind(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        async with models.use(Wanted(name="smol", root=root, options={})) as handle:
            process = process_of(handle)
            before = None
            for number in range(4):
                tasks = [asyncio.create_task(ask(models, root, LONG)) for _ in range(50)]
                await asyncio.sleep(0.5 * (number % 2))
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                assert "Paris" in await answer(handle, Chat(messages=QUESTION))
                before = before or await _left(process)
            assert models.running()[0].requests == 1
            assert await _left(process) == before

    run(test)


def test_a_model_that_is_removed_while_it_is_loaded_goes_on(run: Run, home: Path, bundle: Bundle) -> None:
    root = stored(home, replace(bundle, system="Answer in one short sentence."))
    store = Store.open(home)

    async def test(models: Models) -> None:
        async with models.use(Wanted(name="smol", root=root, options={})) as handle:
            store.remove(str(root.digest))
            store.prune()
            assert store.complete(root)
            assert "Paris" in await answer(handle, Chat(messages=QUESTION))
        await models.unload(root.digest)
        store.prune()
        with pytest.raises(NotFoundError):
            await ask(models, root)

    run(test)


async def _left(process: int) -> tuple[int, int]:
    """Return how many threads and descriptors a process always has: between answers it opens files for a moment."""
    looks = []
    for _ in range(20):
        looks.append(_seen(process))
        await asyncio.sleep(0.05)
    threads, descriptors = zip(*looks, strict=True)
    return min(threads), min(descriptors)


def _seen(process: int) -> tuple[int, int]:
    folder = Path(f"/proc/{process}")
    return tuple(len(list((folder / name).iterdir())) for name in ("task", "fd")) if folder.exists() else (0, 0)  # type: ignore[return-value]


HANGING = """
import ctypes
from olbuild.running.engine.decoder import Decoder
from olbuild.running.worker.loading import BundleLoader
from olbuild.running.worker.serve import serve

Decoder._evaluate = lambda self, feeds: ctypes.CDLL(None).pause()  # native code that never comes back
serve(BundleLoader())
"""


def test_a_worker_that_hangs_in_native_code_is_ended(run: Run, root: Descriptor) -> None:
    async def test(models: Models) -> None:
        wanted = Wanted(name="smol", root=root, options={})
        async with models.use(wanted) as handle:
            with pytest.raises(
                EngineError, match=r"had not done a step of \d+ tokens after \d+ seconds, and was ended"
            ):
                await answer(handle, Chat(messages=QUESTION))
            process = process_of(handle)
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)

    run(test, command=(sys.executable, "-P", "-c", HANGING), patience=Patience(step=0.5, token=0.01, silence=8.0))
