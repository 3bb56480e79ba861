"""What is known about work, with a clock that is handed in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from olbuild.cli.progress.ledger import Ledger
from olbuild.core.events import Advanced, Event, Expected, Finished, Outcome, Said, Started


def ledger_after(*events: tuple[float, Event]) -> Ledger:
    ledger = Ledger()
    for now, event in events:
        assert not isinstance(event, Said)
        ledger.apply(event, now)
    return ledger


def test_rate_and_time_left() -> None:
    ledger = ledger_after(
        (0, Started(id="a", label="a", total=1000)),
        (1, Advanced(id="a", amount=100)),
        (2, Advanced(id="a", amount=100)),
    )
    work = ledger.works["a"]
    assert work.fraction == 0.2
    assert work.rate(2) == pytest.approx(100)
    assert work.left(2) == pytest.approx(8)


def test_the_rate_is_of_late() -> None:
    ledger = ledger_after((0, Started(id="a", label="a", total=10_000)))
    for second in range(1, 11):
        ledger.apply(Advanced(id="a", amount=10), second)
    for second in range(11, 21):
        ledger.apply(Advanced(id="a", amount=500), second)
    assert ledger.works["a"].rate(20) == pytest.approx(500)


def test_work_without_a_total_has_no_end_in_sight() -> None:
    ledger = ledger_after((0, Started(id="a", label="a")), (1, Advanced(id="a", amount=10)))
    assert ledger.works["a"].fraction is None
    assert ledger.works["a"].left(1) is None
    assert ledger.total.total is None


def test_what_is_there_already_is_no_work() -> None:
    ledger = ledger_after(
        (0, Started(id="a", label="a", total=1000)),
        (0, Finished(id="a", outcome="exists")),
        (0, Started(id="b", label="b", total=10)),
        (1, Finished(id="b")),
    )
    assert ledger.total.total == 10
    assert ledger.total.done == 10
    assert ledger.running == []


def test_work_that_begins_again_counts_once() -> None:
    ledger = ledger_after(
        (0, Started(id="a", label="a", total=100)),
        (1, Advanced(id="a", amount=60)),
        (2, Started(id="a", label="a", total=100)),
        (3, Advanced(id="a", amount=100)),
        (3, Finished(id="a")),
    )
    assert ledger.total.total == ledger.total.done == 100


@pytest.mark.parametrize("event", [Advanced(id="never", amount=1), Finished(id="never")])
def test_work_that_never_began_is_nothing(event: Advanced | Finished) -> None:
    assert Ledger().apply(event, 0) is None


_OUTCOMES: tuple[Outcome, ...] = ("done", "exists", "cached", "failed")
_EVENTS = st.one_of(
    st.builds(Started, id=st.sampled_from("ab"), label=st.text(), total=st.none() | st.integers(0, 10**12)),
    st.builds(Advanced, id=st.sampled_from("ab"), amount=st.integers(0, 10**9)),
    st.builds(Finished, id=st.sampled_from("ab"), outcome=st.sampled_from(_OUTCOMES)),
)


@given(st.lists(_EVENTS))
def test_any_order_of_events_is_survived(events: list[Started | Advanced | Finished]) -> None:
    ledger = Ledger()
    for now, event in enumerate(events):
        ledger.apply(event, now / 10)
    for work in (*ledger.works.values(), ledger.total):
        assert work.rate(len(events)) >= 0
        assert work.fraction is None or 0 <= work.fraction <= 1
        assert (work.left(len(events)) or 0) >= 0


def test_what_is_announced_counts_once() -> None:
    ledger = Ledger()
    ledger.apply(Expected(amount=30), 0)
    assert ledger.total.total == 30
    for name, size in (("a", 10), ("b", 20), ("c", 5)):
        ledger.apply(Started(id=name, label=name, total=size), 0)
    assert ledger.total.total == 35
    ledger.apply(Finished(id="a", outcome="exists"), 1)
    assert ledger.total.total == 25
