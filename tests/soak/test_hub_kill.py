"""``kill -9`` of the registry at random instants, while it receives: its store is whole, and pushing goes on."""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Thread

import pytest

from olbuild.core.names import Digest
from olbuild.storage.store import Store
from tests.command import OLBUILD
from tests.integration.hub.client import ask, manifest, push_blob, put_manifest

ROUNDS = int(os.environ.get("SOAK_ROUNDS", "100"))
PIECE = 4 << 20


@pytest.mark.parametrize("rounds", [4, pytest.param(ROUNDS, marks=pytest.mark.soak)])
def test_the_registry_survives_kill_9(rounds: int, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    choose = random.Random(seed)  # noqa: S311 - what is drawn is no secret
    store = Store.open(tmp_path)
    for number in range(rounds):
        data = choose.randbytes(choose.randrange(1, 30 << 20))
        with serving(tmp_path) as (host, process):
            location = ask(host, "POST", "/v2/me/model/blobs/uploads/").headers["location"]
            pusher = Thread(target=push, args=(host, location, data, f"v{number}"))
            pusher.start()
            time.sleep(choose.random() * 0.3)
            process.kill()
            pusher.join()
        assert store.verify() == (), f"round {number} of seed {seed}"
        with serving(tmp_path) as (host, _):
            push(host, location, data, f"v{number}")
            assert ask(host, "GET", f"/v2/me/model/blobs/{Digest.of(data)}").body == data
            assert ask(host, "GET", f"/v2/me/model/manifests/v{number}").status == 200
        assert store.verify() == (), f"round {number} of seed {seed}"
        store.untag(f"me/model:v{number}")
        store.prune()
        assert list(store.layout.blobs) == []


def push(host: str, location: str, data: bytes, tag: str) -> None:
    """Take an upload up where it ended, finish it, and push a manifest; give up when the registry is gone."""
    try:
        answer = ask(host, "GET", location)
        if answer.status == 204:
            send(host, location, data, int(answer.headers["range"].removeprefix("0-")) + 1)
        layer = push_blob(host, "me/model", data)  # a new one, where the old one was finished
        config = push_blob(host, "me/model", b"{}")
        put_manifest(host, "me/model", tag, manifest(layer, config=config))
    except (OSError, HTTPException):
        return


def send(host: str, location: str, data: bytes, received: int) -> None:
    start = received if received > 1 else 0  # a range cannot say that nothing has arrived
    while start < len(data):
        piece = data[start : start + PIECE]
        answer = ask(host, "PATCH", location, piece, {"Content-Range": f"{start}-{start + len(piece) - 1}"})
        start = int(answer.headers["range"].removeprefix("0-")) + 1
    assert ask(host, "PUT", f"{location}?digest={Digest.of(data)}").status == 201


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    command = [str(OLBUILD), "registry", "serve", "--home", str(home), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip().removeprefix("http://"), process
    finally:
        process.kill()
        process.communicate()
