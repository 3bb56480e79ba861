"""Sending into sockets that are not read from, and that answer early."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from olbuild.storage.registry.sockets import EarlyAnswer, send_all, wait_for_room, wait_until_taken

STALL = 0.2


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        there, _ = server.accept()
        here.settimeout(STALL)
        with there:
            yield here, there


def fill(sock: socket.socket) -> None:
    with pytest.raises(TimeoutError):
        send_all(sock, memoryview(bytes(64 << 20)))


def test_who_takes_nothing_is_left(pair: tuple[socket.socket, socket.socket]) -> None:
    here, _there = pair
    fill(here)
    for wait in (wait_for_room, wait_until_taken):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            wait(here)
        assert time.monotonic() - began >= STALL / 2


def test_an_answer_ends_the_sending(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    there.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
    time.sleep(0.05)
    with pytest.raises(EarlyAnswer):
        send_all(here, memoryview(b"x"))
    wait_until_taken(here)
    here.settimeout(0)
    with suppress(BlockingIOError):
        while here.send(bytes(1 << 20)):
            pass
    here.settimeout(STALL)
    with pytest.raises(EarlyAnswer):
        wait_for_room(here)


def test_what_was_taken_needs_no_waiting(pair: tuple[socket.socket, socket.socket]) -> None:
    here, there = pair
    data = os.urandom(1000)
    send_all(here, memoryview(data))
    wait_until_taken(here)
    assert there.recv(2000) == data
