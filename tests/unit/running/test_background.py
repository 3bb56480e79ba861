"""Work in the background: items in order, errors where they are awaited, an end on request."""

import threading
from collections.abc import Callable

import pytest

from olbuild.running.engine.background import Background, StopFlag


def test_items_come_in_order_and_then_the_result() -> None:
    def work(hear: Callable[[int], None]) -> str:
        for number in range(5):
            hear(number)
        return "done"

    background = Background(work, StopFlag()).start()
    assert list(background) == [0, 1, 2, 3, 4]
    assert list(background) == []  # the end stays the end
    assert background.result == "done"
    assert background.succeeded


def test_an_error_comes_after_the_items_that_came_before_it() -> None:
    def work(hear: Callable[[int], None]) -> None:
        hear(1)
        raise ValueError("no more")

    background = Background(work, StopFlag()).start()
    assert next(background) == 1
    for _ in range(2):
        with pytest.raises(ValueError, match="no more"):
            next(background)
    with pytest.raises(ValueError, match="no more"):
        _ = background.result
    assert not background.succeeded


def test_closing_asks_for_the_end_and_waits_for_it() -> None:
    stop, begun = StopFlag(), threading.Event()

    def work(hear: Callable[[int], None]) -> str:
        hear(1)
        begun.set()
        while not stop:
            pass
        return "stopped"

    with Background(work, stop).start() as background:
        begun.wait()
        assert background.running
    assert not background.running
    assert background.result == "stopped"
    background.close()


def test_closing_what_has_ended_sets_no_flag() -> None:
    stop = StopFlag()
    background = Background[object, int](lambda _hear: 1, stop).start()
    assert background.result == 1
    background.close()
    assert not stop


def test_what_is_closed_before_it_begins_never_does() -> None:
    """As when an interrupt comes while the thread is being started."""
    ran: list[int] = []
    stop = StopFlag()
    background = Background[object, None](lambda _hear: ran.append(1), stop)
    background.close()
    background.start()
    for thread in threading.enumerate():
        if thread.name == "olbuild-engine" and not thread.daemon:
            thread.join()
    assert ran == []
    assert not stop
    assert not background.running


def test_an_interrupt_while_it_starts_leaves_work_that_close_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, begun = StopFlag(), threading.Event()
    ended: list[int] = []

    def work(_hear: Callable[[int], None]) -> None:
        begun.set()
        while not stop:
            pass
        ended.append(1)

    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        begun.wait()
        raise KeyboardInterrupt

    background = Background(work, stop)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            background.start()
    background.close()
    assert ended == [1]
