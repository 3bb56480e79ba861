"""Clients that leave in the middle of an answer, whichever API they asked."""

import asyncio
import json
import time
import urllib.request
from urllib.parse import urlsplit

STORY = "Tell me a long story about the sea."
CONVERSATION = {"model": "smol", "messages": [{"role": "user", "content": STORY}], "max_tokens": 300, "stream": True}
BODIES: dict[str, dict[str, object]] = {
    "/api/chat": {**CONVERSATION, "options": {"num_predict": 300}},
    "/v1/chat/completions": {**CONVERSATION, "n": 2},
    "/v1/completions": {"model": "smol", "prompt": STORY, "max_tokens": 300, "stream": True},
    "/v1/responses": {"model": "smol", "input": STORY, "max_output_tokens": 300, "stream": True},
    "/v1/messages": CONVERSATION,
}
ROUNDS = 12


def test_nobody_is_answered_who_has_left(url: str) -> None:
    assert ask(url)  # the model is loaded
    before = metrics(url)
    begun = asyncio.run(leave_all(url))
    assert begun == len(BODIES) * ROUNDS // 2
    end = time.monotonic() + 60
    while busy(after := metrics(url)) and time.monotonic() < end:
        time.sleep(0.1)
    assert not busy(after)
    assert after["process_open_fds"] <= before["process_open_fds"] + 3
    assert ask(url)


async def leave_all(url: str) -> int:
    """Ask all paths at once, and leave: before the answer, or within it. Return how many answers had begun."""
    return sum(
        await asyncio.gather(*(leave(url, path, late=bool(each % 2)) for path in BODIES for each in range(ROUNDS)))
    )


async def leave(url: str, path: str, *, late: bool) -> bool:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    body = json.dumps(BODIES[path]).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    try:
        return late and (await asyncio.wait_for(reader.read(300), 120)).startswith(b"HTTP/1.1 200 ")
    finally:
        writer.transport.abort()


def busy(samples: dict[str, float]) -> bool:
    return samples["olbuild_requests_running"] > 0 or samples["olbuild_requests_waiting"] > 0


def metrics(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/metrics") as response:  # noqa: S310 - the server of this test
        lines = [line for line in response.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def ask(url: str) -> str:
    body = json.dumps({"model": "smol", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}).encode()
    with urllib.request.urlopen(f"{url}/v1/chat/completions", body) as response:  # noqa: S310 - as above
        content: str = json.load(response)["choices"][0]["message"]["content"]
    return content
