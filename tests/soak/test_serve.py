"""A real server with a real model and guests who behave badly: nobody is stuck, and nothing is left behind."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from olbuild.llama.find import find
from olbuild.llama.version import FIX
from tests.command import OLBUILD
from tests.soak.guests import Ending, ask, children, exists, figures, hang_up, kill, open_and_read_nothing

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="what a process takes is read from /proc"),
]

QUEUE = 64
PATIENCE = 300.0  # seconds in which everything ends that is not a fault
GROWTH = 16_000  # kilobytes that the server may take more after all that


@dataclass(frozen=True, slots=True)
class Size:
    """How many do what."""

    leave: int
    slow: int
    kills: int
    requests: int


SHORT, LONG = Size(leave=60, slow=10, kills=1, requests=60), Size(leave=1000, slow=200, kills=10, requests=5000)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    process: "subprocess.Popen[str]"
    port: int


@pytest.fixture
def server(smollm2: Path, tmp_path: Path) -> Iterator[Server]:
    """Serve SmolLM2 as ``smol``."""
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")
    (tmp_path / "model.gguf").symlink_to(smollm2)
    (tmp_path / "Modelfile").write_text("FROM ./model.gguf\nSYSTEM Be brief.\n")
    environment = {**os.environ, "OLBUILD_HOME": str(tmp_path / "home"), "OLLAMA_MAX_QUEUE": str(QUEUE)}
    environment["OLBUILD_MAX_QUEUE_PER_CLIENT"] = str(10 * QUEUE)
    subprocess.run(
        [str(OLBUILD), "build", "-t", "smol", str(tmp_path)], env=environment, capture_output=True, check=True
    )
    command = [str(OLBUILD), "serve", "--port", "0", "--log-format", "json"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), (tmp_path / "log").read_text()
        try:
            yield Server(process, int(address.rsplit(":", 1)[1]))
        finally:
            process.kill()


@pytest.mark.parametrize("size", [SHORT, pytest.param(LONG, marks=pytest.mark.soak)], ids=["short", "long"])
def test_guests_who_behave_badly(server: Server, size: Size) -> None:
    asyncio.run(_evening(server, size))


async def _evening(server: Server, size: Size) -> None:
    async def measured(what: str, guests: Callable[[], Awaitable[Counter[str]]]) -> Counter[str]:
        begun = time.monotonic()
        async with asyncio.timeout(PATIENCE + size.requests):
            counts = await guests()
            assert await ask(server.port) == "whole"
        print(f"{what}: {dict(counts)} in {time.monotonic() - begun:.1f} s")
        return counts

    port, process = server.port, server.process.pid
    await measured("first answer", lambda: _ask_all(port, 8))
    await _rest(process)
    before = figures(process)
    await measured(f"{size.leave} who hang up", lambda: _leave(port, size.leave))
    await measured(f"{size.slow} who read nothing", lambda: _slow(port, size.slow))
    counts = await measured(f"{size.kills} workers killed under load", lambda: _killed(server, size.kills))
    assert counts["failed"] + counts["cut"] > 0
    counts = await measured("three times as many as may wait", lambda: _ask_all(port, 3 * (64 + QUEUE)))
    assert counts["busy"] > 0
    assert counts["whole"] >= 64
    counts = await measured(f"{size.requests} requests", lambda: _busy(port, size.requests))
    assert counts == {"whole": size.requests}
    await _rest(process)
    after = figures(process)
    print(f"before: {before}\nafter:  {after}")
    assert after.descriptors <= before.descriptors
    assert after.children == before.children == 1
    assert after.threads <= before.threads + 8  # asyncio's own, which it keeps
    assert after.memory <= before.memory + GROWTH
    await _end(server)


async def _ask_all(port: int, count: int) -> Counter[str]:
    return Counter(await asyncio.gather(*(ask(port) for _ in range(count))))


async def _busy(port: int, count: int) -> Counter[str]:
    """Ask so often, sixteen at once."""
    places, endings = asyncio.Semaphore(16), Counter[str]()

    async def one() -> None:
        async with places:
            endings[await ask(port, tokens=4)] += 1

    await asyncio.gather(*(one() for _ in range(count)))
    return endings


async def _leave(port: int, count: int) -> Counter[str]:
    """Let guests hang up: before the first word, and later; with a reset, and politely."""
    choose = random.SystemRandom()
    for begin in range(0, count, 50):
        number = min(50, count - begin)
        await asyncio.gather(*(hang_up(port, choose.random(), reset=choose.random() < 0.5) for _ in range(number)))
    return Counter({"left": count})


async def _slow(port: int, count: int) -> Counter[str]:
    """Let guests read nothing while another one is served."""
    endings: Counter[str] = Counter()
    for begin in range(0, count, 50):
        held = [open_and_read_nothing(port) for _ in range(min(50, count - begin))]
        endings[await ask(port)] += 1
        for connection in held:
            connection.close()
    return endings


async def _killed(server: Server, count: int) -> Counter[str]:
    """Kill the worker while sixteen are served."""
    endings: Counter[str] = Counter()
    for _ in range(count):
        asked = [asyncio.create_task(ask(server.port, tokens=200)) for _ in range(16)]
        await asyncio.sleep(1)
        for worker in children(server.process.pid):
            kill(worker, signal.SIGKILL)
        endings.update(await asyncio.gather(*asked))
        assert await ask(server.port) == "whole"
    return endings


async def _rest(process: int) -> None:
    """Wait until the connections that ended are gone."""
    last = None
    for _ in range(50):
        now = figures(process)
        if last is not None and now.descriptors == last.descriptors:
            return
        last = now
        await asyncio.sleep(0.5)


async def _end(server: Server) -> None:
    """End the server while it answers: the answers come to their end, and so does everything that it started."""
    workers = children(server.process.pid)
    asked: list[asyncio.Task[Ending]] = [asyncio.create_task(ask(server.port, tokens=24)) for _ in range(8)]
    await asyncio.sleep(0.5)
    begun = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    endings = Counter(await asyncio.gather(*asked))
    code = await asyncio.to_thread(server.process.wait, 60)
    print(f"SIGTERM under load: {dict(endings)}, ended with {code} after {time.monotonic() - begun:.1f} s")
    assert endings == {"whole": 8}
    assert code == 0
    assert not [worker for worker in workers if exists(worker)]
