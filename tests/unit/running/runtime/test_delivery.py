"""When listeners hear what was said: at once what is first or last, later what can wait."""

from types import SimpleNamespace
from typing import cast

import pytest

from olbuild.running.runtime import delivery
from olbuild.running.runtime.answer import Answer
from olbuild.running.runtime.delivery import Delivery


class _Answer:
    """Counts how often it is delivered."""

    def __init__(self) -> None:
        self.waits = False
        self.delivered = 0

    def deliver(self) -> None:
        self.delivered += 1
        self.waits = False


def test_what_is_neither_first_nor_last_waits_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(delivery, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    one, other = _Answer(), _Answer()
    answers = {1: cast("Answer", one)}
    post = Delivery(answers)
    post.deliver(at_once=False)
    assert one.delivered == 1  # the last time was long ago
    clock.now += 0.019
    post.deliver(at_once=False)
    assert one.delivered == 1
    clock.now += 0.002
    post.deliver(at_once=False)
    assert one.delivered == 2
    post.deliver()
    assert one.delivered == 3
    answers[2] = cast("Answer", other)
    other.waits = True
    post.deliver(at_once=False)
    assert (one.delivered, other.delivered) == (4, 1)  # a first word
    del answers[2]
    post.end(cast("Answer", other))
    post.deliver(at_once=False)
    assert (one.delivered, other.delivered) == (5, 2)  # an end
    post.deliver(at_once=False)
    assert (one.delivered, other.delivered) == (5, 2)
