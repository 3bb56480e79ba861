"""Who goes when one more comes."""

import pytest

from olbuild.running.manager.policy import Decision, Go, Holder, Memory, Refuse, Room, Wait, decide


def holder(key: int, host: int = 10, *, users: int = 0, stays: float | None = 100, **more: object) -> Holder:
    gpu, going = more.get("gpu", 0), bool(more.get("going"))
    assert isinstance(gpu, int)
    return Holder(key=key, users=users, stays=stays, holds=Memory(host=host, gpu=gpu), going=going)


def choose(host: int, *holders: Holder, free: int = 0, most: int = 9, gpu: int = 0, gpu_free: int = 0) -> Decision:
    return decide(Memory(host=host, gpu=gpu), holders, Room(free=Memory(host=free, gpu=gpu_free), most=most))


def test_where_there_is_room_nobody_goes() -> None:
    assert choose(5, holder(1), holder(2), free=5) == Go()


def test_what_would_go_soonest_goes_first() -> None:
    assert choose(5, holder(1, stays=30), holder(2, stays=10), holder(3, stays=None)) == Wait((2,))


def test_what_is_used_goes_last_and_is_waited_for() -> None:
    assert choose(5, holder(1, users=1, stays=1), holder(2, stays=None)) == Wait((2,))
    assert choose(5, holder(1, users=1, stays=1), holder(2, users=3, stays=9)) == Wait((1,))


def test_no_more_go_than_must() -> None:
    small, large = holder(1, host=1, stays=1), holder(2, host=10, stays=2)
    assert choose(10, small, large) == Wait((2,))
    assert choose(11, small, large) == Wait((1, 2))


def test_of_what_goes_already_the_memory_is_waited_for() -> None:
    assert choose(5, holder(1, going=True, users=2), holder(2)) == Wait(())
    assert choose(15, holder(1, going=True), holder(2)) == Wait((2,))


def test_only_so_many_are_loaded() -> None:
    assert choose(1, holder(1, stays=2), holder(2, stays=1), free=100, most=2) == Wait((2,))
    assert choose(1, holder(1, going=True), holder(2), free=100, most=2) == Wait(())
    assert choose(1, holder(1), free=100, most=2) == Go()


def test_what_does_not_fit_alone_is_refused_and_costs_nobody_anything() -> None:
    assert choose(16, holder(1), free=5) == Refuse(15)


@pytest.mark.parametrize(("free", "decision"), [(5, Go()), (4, Wait((1,)))])
def test_graphics_memory_makes_others_go(free: int, decision: Decision) -> None:
    assert choose(0, holder(1, gpu=3), gpu=5, gpu_free=free) == decision


def test_what_no_graphics_memory_suffices_for_is_computed_by_the_processor() -> None:
    assert choose(0, holder(1), gpu=50, gpu_free=4) == Go()
    assert choose(0, holder(1, gpu=1), holder(2), gpu=50, gpu_free=4) == Wait((1,))
