"""What is remembered of a registry, for how long, and what a file may hold."""

import json
from pathlib import Path

import pytest

from olbuild.storage.registry.knowledge import LIFE, Facts, Knowledge

HOST = "[::1]:5000"
FILE = "%5B%3A%3A1%5D%3A5000.json"


class Clock:
    now = 1e9

    def __call__(self) -> float:
        return self.now


def test_what_was_learnt_is_known_to_the_next_process(tmp_path: Path) -> None:
    first = Knowledge(HOST, tmp_path / "state")
    assert first.facts == Facts()
    first.learn(sessions=True, chunk_least=1 << 20)
    first.learn(sessions=False)
    assert Knowledge(HOST, tmp_path / "state").facts == Facts(sessions=False, chunk_least=1 << 20)
    assert (tmp_path / "state" / FILE).stat().st_mode & 0o777 == 0o600
    assert Knowledge("other.example", tmp_path / "state").facts == Facts()


def test_processes_that_learn_add_up(tmp_path: Path) -> None:
    one, two = Knowledge(HOST, tmp_path), Knowledge(HOST, tmp_path)
    assert one.facts == two.facts == Facts()
    one.learn(ranges=True)
    two.learn(mounts=True)
    assert Knowledge(HOST, tmp_path).facts == two.facts == Facts(ranges=True, mounts=True)


def test_it_expires(tmp_path: Path) -> None:
    clock = Clock()
    known = Knowledge(HOST, tmp_path, clock)
    known.learn(auth="bearer")
    clock.now += LIFE - 1
    assert known.facts.auth == "bearer"
    clock.now += 2
    assert known.facts == Facts()
    known.learn(auth="bearer")
    assert Knowledge(HOST, tmp_path, clock).facts.auth == "bearer"


def test_it_is_written_once_and_again_when_half_its_life_is_over(tmp_path: Path) -> None:
    clock = Clock()
    known = Knowledge(HOST, tmp_path, clock)
    known.learn(ranges=True)
    (tmp_path / FILE).unlink()
    known.learn(ranges=True)
    assert not (tmp_path / FILE).exists()
    clock.now += LIFE / 2 + 1
    known.learn(ranges=True)
    assert (tmp_path / FILE).exists()


def test_it_can_be_forgotten(tmp_path: Path) -> None:
    known = Knowledge(HOST, tmp_path)
    assert not known.forget()
    known.learn(ranges=True)
    assert known.forget()
    assert known.facts == Knowledge(HOST, tmp_path).facts == Facts()


def test_without_a_folder_it_is_known_for_one_run() -> None:
    known = Knowledge(HOST)
    known.learn(connections=4)
    assert known.facts == Facts(connections=4)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format":2,"ranges":{"value":true,"at":%d}}',
        '{"format":1,"ranges":true}',
        '{"format":1,"ranges":{"value":1,"at":%d}}',
        '{"format":1,"chunk_least":{"value":true,"at":%d}}',
        '{"format":1,"chunk_least":{"value":-1,"at":%d}}',
        '{"format":1,"chunk_least":{"value":1e300,"at":%d}}',
        '{"format":1,"auth":{"value":"\\u001b[31m","at":%d}}',
        '{"format":1,"ranges":{"value":true,"at":"now"}}',
        '{"format":1,"ranges":{"value":true,"at":99999999999}}',
        '{"format":1,"other":{"value":true,"at":%d}}',
        '{"format":1,"x":"' + "y" * (65 << 10) + '"}',
    ],
)
def test_a_file_that_cannot_be_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    clock = Clock()
    (tmp_path / FILE).write_text(text.replace("%d", str(int(clock.now))))
    known = Knowledge(HOST, tmp_path, clock)
    assert known.facts == Facts()
    known.learn(ranges=False)
    assert Knowledge(HOST, tmp_path, clock).facts == Facts(ranges=False)
    assert json.loads((tmp_path / FILE).read_text())["format"] == 1


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    known = Knowledge(HOST, tmp_path / "file")
    known.learn(ranges=True)
    assert known.facts == Facts(ranges=True)
