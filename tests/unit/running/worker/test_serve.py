"""A worker at the end of its standard input, whoever is at the other one."""

import socket
import subprocess

import pytest

from olbuild.running.frames.framing import encode, reader_of_worker
from olbuild.running.frames.messages import Close, FromWorker, Ping, Pong
from olbuild.testing.echoworker import COMMAND


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (encode(Ping()) + encode(Close()), 0, ""),
        (encode(Ping()), 0, ""),  # and then the manager is gone
        (encode(Ping()) + b"GET / HTTP/1.1\r\n\r\n", 70, "EngineError: a message of"),
    ],
)
def test_a_worker_ends_and_says_so_if_it_should_not_have(said: bytes, code: int, words: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, subprocess.Popen(COMMAND, stdin=theirs.fileno(), stderr=subprocess.PIPE, text=True) as worker:
        theirs.close()
        ours.settimeout(20)
        ours.sendall(said)
        reader, heard = reader_of_worker(), list[FromWorker]()
        while not heard and (part := ours.recv(1 << 16)):  # a frame may come in two parts
            heard += reader.feed(part)
        assert heard == [Pong()]
        ours.shutdown(socket.SHUT_WR)
        _, errors = worker.communicate(timeout=20)
    assert worker.returncode == code
    assert words in errors
    assert bool(errors) is bool(words)
