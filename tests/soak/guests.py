"""Guests of a server who behave badly: they hang up, they do not read, they kill its workers."""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Ending = Literal["whole", "failed", "busy", "cut"]
"""How an answer ended: with its last line; with a line that says what failed; with 503; in the middle."""

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a reset


@dataclass(frozen=True, slots=True)
class Figures:
    """What a process takes: kilobytes of memory that is no file's, descriptors, threads, and processes it started."""

    memory: int
    descriptors: int
    threads: int
    children: int


def figures(process: int) -> Figures:
    """Measure a process (Linux)."""
    folder = Path(f"/proc/{process}")
    rows = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
    return Figures(
        memory=int(rows["RssAnon"].split()[0]),
        descriptors=len(list((folder / "fd").iterdir())),
        threads=int(rows["Threads"]),
        children=len(children(process)),
    )


def children(process: int) -> list[int]:
    """Return the processes that a process started."""
    finished = subprocess.run(["ps", "-A", "-o", "ppid=", "-o", "pid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in finished.stdout.splitlines())
    return [int(child) for parent, child in pairs if int(parent) == process]


def exists(process: int) -> bool:
    """Whether there is such a process."""
    return Path(f"/proc/{process}").exists()


def request(content: str, tokens: int) -> bytes:
    """Return the bytes of a request for a streamed answer."""
    options = {"num_predict": tokens, "temperature": 1, "seed": random.randrange(1 << 31)}  # noqa: S311 - no secret
    message = {"role": "user", "content": content}
    body = json.dumps({"model": "smol", "messages": [message], "options": options}).encode()
    return (
        b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )


async def ask(port: int, content: str = "Count to ten.", tokens: int = 8) -> Ending:
    """Ask, and read to the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request(content, tokens))
        status = await reader.readline()
        while await reader.readline() not in {b"\r\n", b""}:
            pass  # headers
        if b" 503 " in status:
            return "busy"
        last = b""
        while line := await reader.readline():
            last = line if line.startswith(b"{") else last
    except ConnectionError:
        return "cut"
    finally:
        writer.close()
    if not last or b" 200 " not in status:
        return "failed" if b" 500 " in status else "cut"
    said = json.loads(last)
    return "whole" if said.get("done") else "failed" if "error" in said else "cut"


async def hang_up(port: int, after: float, *, reset: bool) -> None:
    """Ask, and go away in the middle: with a reset, or politely."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request("Tell me a long story.", 400))
    try:
        async with asyncio.timeout(after):
            while await reader.read(1 << 16):
                pass
    except (TimeoutError, ConnectionError):
        pass
    if reset:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.close()


def open_and_read_nothing(port: int) -> socket.socket:
    """Ask for a long answer over a connection with a small window, and never read it."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    connection.connect(("127.0.0.1", port))
    connection.sendall(request("Tell me a long story.", 200))
    return connection


def kill(process: int, number: int) -> None:
    """Send a signal to a process that may be gone already."""
    try:
        os.kill(process, number)
    except ProcessLookupError:
        return
