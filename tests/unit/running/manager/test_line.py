"""Who may stand in line."""

import pytest

from olbuild.core.errors import BusyError
from olbuild.running.manager.line import Line


def test_what_need_not_wait_is_never_refused() -> None:
    line = Line(0, 0)
    for _ in range(5):
        line.join("a", waiting=7, places=1, waits=False)
    assert line.open == 5


def test_a_full_line_is_closed_to_all() -> None:
    line = Line(8, 0)
    line.join("a", waiting=7, places=1, waits=True)
    with pytest.raises(BusyError, match="8 requests wait already"):
        line.join("b", waiting=8, places=1, waits=True)
    assert line.open == 1


def test_one_client_leaves_room_for_others() -> None:
    line = Line(8, 0)
    for waiting in range(6):
        line.join("a", waiting=waiting, places=1, waits=True)
    with pytest.raises(BusyError, match="6 requests of yours"):
        line.join("a", waiting=6, places=1, waits=True)
    line.join("b", waiting=6, places=1, waits=True)
    line.leave("a", 1.0)
    line.join("a", waiting=6, places=1, waits=True)


def test_when_to_come_again_follows_from_how_long_requests_take() -> None:
    line = Line(8, 0)
    for _ in range(100):
        line.join("a", waiting=0, places=2, waits=False)
        line.leave("a", 10.0)
    with pytest.raises(BusyError) as busy:
        line.join("a", waiting=8, places=2, waits=True)
    assert busy.value.retry_after == pytest.approx(40.0, abs=0.5)
