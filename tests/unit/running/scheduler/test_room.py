"""What happens when sequences, cells or the context are full, and when a step fails."""

import pytest

from olbuild.running.scheduler import Scheduler
from olbuild.running.steps import Copy, Cut, Feed, Room, Shift, Step
from tests.unit.running.scheduler.simulation import Asked, Simulation


def _prompt(length: int, first: int = 0) -> tuple[int, ...]:
    return tuple(range(first, first + length))


def _room(**changes: int | bool) -> Room:
    return Room(**{"cells": 100, "context": 100, "sequences": 4, "batch": 64, **changes})  # type: ignore[arg-type]


def test_what_was_used_least_recently_is_forgotten_first() -> None:
    simulation = Simulation(_room(cells=125))
    for number in (0, 1, 0, 2, 3):  # 30 cells each: the last one takes those of 1
        simulation.ask(Asked((*_prompt(29, 1000 * number), 5), most=1))
        simulation.run(5)
    simulation.ask(Asked(_prompt(30, 4000), most=5))
    step = simulation.step()
    assert step.edits == (Cut(1, 0),)
    again = simulation.ask(Asked((*_prompt(29), 5), most=5))
    simulation.step()
    assert simulation.scheduler.cached(again) == 29


def test_what_was_copied_counts_as_used() -> None:
    simulation = Simulation(_room(sequences=3, cells=300))
    for number in range(2):
        simulation.ask(Asked(_prompt(60, 1000 * number), most=1))
        simulation.run(9)
    simulation.ask(Asked((*_prompt(30), 7), most=1))  # begins as the first one does
    simulation.run(9)
    simulation.ask(Asked(_prompt(60, 5000), most=1))
    assert simulation.step().edits == (Cut(1, 0),)


def test_what_is_to_be_copied_is_not_given_up_for_the_copy() -> None:
    simulation = Simulation(_room(sequences=2, cells=300))
    for number in range(2):
        simulation.ask(Asked(_prompt(60, 1000 * number), most=1))
        simulation.run(9)
    simulation.ask(Asked((*_prompt(30), 7), most=1))
    assert simulation.step().edits == (Cut(1, 0), Copy(0, 1, 30))


def test_a_request_waits_until_its_prompt_fits() -> None:
    simulation = Simulation(_room())
    simulation.ask(Asked(_prompt(60), most=4))
    simulation.ask(Asked(_prompt(60, 1000), most=4))
    assert [feed.request for feed in simulation.step().feeds] == [0]
    assert simulation.scheduler.figures.waiting == 1
    simulation.run(20)
    assert simulation.scheduler.figures.preempted == 0


def test_nobody_overtakes_one_that_waits_for_room() -> None:
    simulation = Simulation(_room())
    simulation.ask(Asked(_prompt(60), most=4))
    for number in range(1, 3):
        simulation.ask(Asked(_prompt((0, 80, 10)[number], 1000 * number), most=4))
    while 0 in simulation.open:
        assert not simulation.asked[2].answer
        simulation.step()
    simulation.run(20)


def test_the_one_that_began_last_makes_room_when_answers_grow() -> None:
    simulation = Simulation(_room(sequences=2))
    for number in range(2):
        simulation.ask(Asked(_prompt(10, 1000 * number), most=80))
    while 0 in simulation.open:
        simulation.step()
        assert len(simulation.asked[0].answer) >= len(simulation.asked[1].answer)
    assert simulation.scheduler.figures.preempted >= 1
    simulation.run(200)


@pytest.mark.parametrize("cells", range(184, 200))
def test_a_prompt_is_read_in_what_an_answer_that_outgrows_its_room_leaves(cells: int) -> None:
    simulation = Simulation(_room(cells=cells, context=180), chunk=4)
    simulation.ask(Asked(_prompt(5), most=45))
    simulation.step()
    simulation.ask(Asked(_prompt(145, 1000), most=1))
    simulation.run(200)  # the engine sees to it that there are never more cells in use


def test_what_a_prompt_begins_with_is_not_free_for_what_follows() -> None:
    simulation = Simulation(_room())
    simulation.ask(Asked(_prompt(50), most=1))
    simulation.run(5)
    simulation.ask(Asked(_prompt(20, 1000), most=5))
    simulation.step()
    simulation.ask(Asked((*_prompt(49), *_prompt(26, 2000)), most=1))
    simulation.step()
    assert simulation.scheduler.figures.waiting == 1
    simulation.run(20)


def test_a_full_context_ends_an_answer() -> None:
    simulation = Simulation(_room(context=20))
    simulation.ask(Asked(_prompt(15), most=50))
    simulation.run(20)
    assert len(simulation.asked[0].answer) == 6  # the last one needs no place any more


def test_a_full_context_is_shifted_when_that_is_wished() -> None:
    scheduler = Scheduler(_room(context=20))
    scheduler.add(1, _prompt(20), most=50, shift=True, keep=4)
    scheduler.advance(scheduler.schedule(), {1: (99,)})
    step = scheduler.schedule()
    assert step == Step(edits=(Shift(0, 4, 8),), feeds=(Feed(1, 0, 12, (99,), 1),), ahead=7)


def test_what_others_share_is_not_moved_but_read_again() -> None:
    simulation = Simulation(_room(context=20, cells=120))
    for number in range(2):
        simulation.ask(Asked((*_prompt(19), 50 + number), most=30, shift=True, keep=4))
    steps = [simulation.step() for _ in range(3)]
    assert steps[1].edits == (Copy(0, 1, 19),)
    assert steps[2].edits == (Cut(0, 4), Shift(1, 4, 8))
    assert [(feed.position, len(feed.tokens)) for feed in steps[2].feeds] == [(4, 9), (12, 1)]
    simulation.run(100)


def test_what_was_moved_is_no_cache() -> None:
    simulation = Simulation(_room(context=20))
    first = simulation.ask(Asked(_prompt(20), most=3, shift=True, keep=4))
    simulation.run(5)
    assert simulation.scheduler.figures.cells == 4
    there = [*_prompt(20)[:4], *_prompt(20)[12:], *simulation.asked[first].answer]
    again = simulation.ask(Asked(tuple(there), most=3))
    simulation.step()
    assert simulation.scheduler.cached(again) == 4


def test_a_full_context_that_was_lost_is_read_again_as_far_as_it_fits() -> None:
    scheduler = Scheduler(_room(context=20))
    scheduler.add(1, _prompt(20), most=50, shift=True, keep=4)
    scheduler.advance(scheduler.schedule(), {1: (99,)})
    scheduler.settle()
    scheduler.grow(_room(context=20, sequences=8), frozenset({0}))
    assert scheduler.schedule().feeds == (Feed(1, 0, 0, (0, 1, 2, 3, *range(12, 20), 99), 1),)


def test_guesses_that_are_wrong_are_forgotten() -> None:
    scheduler = Scheduler(_room())
    scheduler.add(1, (1, 2), most=9)
    scheduler.advance(scheduler.schedule({1: (5,)}), {1: (3,)})
    step = scheduler.schedule({1: (4, 5, 6)})
    assert step.feeds == (Feed(1, 0, 2, (3, 4, 5, 6), 4),)
    scheduler.advance(step, {1: (4, 7)})
    assert scheduler.schedule() == Step(edits=(Cut(0, 4),), feeds=(Feed(1, 0, 4, (7,), 1),), ahead=5)


def test_no_more_is_guessed_than_is_wanted() -> None:
    scheduler = Scheduler(_room())
    scheduler.add(1, (1, 2), most=3)
    scheduler.advance(scheduler.schedule(), {1: (3,)})
    assert scheduler.schedule({1: (4, 5, 6)}).feeds[0].tokens == (3, 4)


def test_guesses_leave_half_of_a_step_to_prompts() -> None:
    scheduler = Scheduler(_room(batch=10))
    scheduler.add(1, (1, 2), most=30)
    scheduler.advance(scheduler.schedule(), {1: (3,)})
    scheduler.add(2, _prompt(50), most=1)
    assert [len(feed.tokens) for feed in scheduler.schedule({1: (4,) * 20}).feeds] == [5, 5]


def test_guesses_leave_an_output_to_each_request() -> None:
    scheduler = Scheduler(_room(outputs=4))
    scheduler.add(1, (1, 2), most=30)
    scheduler.advance(scheduler.schedule(), {1: (3,)})
    scheduler.add(2, (5, 6), most=30)
    feeds = scheduler.schedule({1: (4,) * 20}).feeds
    assert [(feed.request, feed.outputs) for feed in feeds] == [(1, 3), (2, 1)]


def test_a_step_that_was_aborted_is_done_again() -> None:
    scheduler = Scheduler(_room())
    scheduler.add(1, _prompt(40), most=1)
    step = scheduler.schedule()
    assert scheduler.retract(step) == ()
    assert scheduler.schedule() == step


def test_a_sequence_that_was_lost_is_read_again() -> None:
    scheduler = Scheduler(_room(cuts=False, copies=False))
    scheduler.add(1, (1, 2), most=5)
    scheduler.advance(scheduler.schedule(), {1: (3,)})
    scheduler.retract(scheduler.schedule(), lost=frozenset({0}))
    assert scheduler.schedule().feeds == (Feed(1, 0, 0, (1, 2, 3), 1),)


def test_a_lack_of_cells_is_believed() -> None:
    simulation = Simulation(_room(), missing=50)
    for number in range(4):
        simulation.ask(Asked(_prompt(10, 1000 * number), most=30))
    simulation.run(400)
    assert all(len(asked.answer) == 30 for asked in simulation.asked.values())


def test_a_request_that_cannot_go_on_ends() -> None:
    scheduler = Scheduler(_room())
    scheduler.add(1, _prompt(60), most=1)
    scheduler.add(2, _prompt(30, 1000), most=1)
    step = scheduler.schedule()
    assert scheduler.retract(step, full=True) == ()
    step = scheduler.schedule()
    assert [feed.request for feed in step.feeds] == [1]
    assert scheduler.retract(step, full=True) == (1,)
    assert [feed.request for feed in scheduler.schedule().feeds] == [2]


def test_whole_sequences_are_taken_over_where_parts_cannot_be_copied() -> None:
    simulation = Simulation(_room(cuts=False, copies=False))
    first = Asked(_prompt(10), most=5)
    simulation.ask(first)
    simulation.run(9)
    other = simulation.ask(Asked((*_prompt(9), 77), most=5))
    again = simulation.ask(Asked((*first.prompt, *first.answer, 1), most=5))
    simulation.step()
    assert simulation.scheduler.cached(other) == 0
    assert simulation.scheduler.cached(again) == 14


def test_a_request_that_only_reads_leaves_a_cache() -> None:
    simulation = Simulation(_room())
    simulation.ask(Asked(_prompt(30), most=0))
    (step,) = [simulation.step()]
    assert [feed.outputs for feed in step.feeds] == [0]
    assert not simulation.open
    assert simulation.scheduler.figures.cached == 30


def test_a_step_is_done_once() -> None:
    scheduler = Scheduler(_room())
    scheduler.add(1, (1,), most=1)
    step = scheduler.schedule()
    with pytest.raises(ValueError, match="neither been done nor taken back"):
        scheduler.schedule()
    scheduler.advance(step, {1: (2,)})
    with pytest.raises(ValueError, match="not the step"):
        scheduler.advance(step, {1: (2,)})


def test_what_nobody_took_note_of_is_forgotten_with_the_whole_where_that_cannot_be_cut() -> None:
    simulation = Simulation(_room(sequences=1, batch=16, cuts=False, copies=False, parts=0))
    simulation.ask(Asked(tuple(range(20)), most=5))
    simulation.step()
    step = simulation.step(cancelled=1)  # done, and nobody wants it any more
    assert step.feeds[0].position == 16
    assert simulation.scheduler.settle().edits == (Cut(0, 0),)
    assert simulation.scheduler.figures.cells == 0


def test_a_beginning_that_is_shorter_than_its_floor_is_read() -> None:
    simulation = Simulation(_room(cells=300))
    simulation.ask(Asked(tuple(range(50)), most=1))
    simulation.run(3)
    simulation.engine.floors[0] = 40
    for length, position in ((39, 0), (45, 45)):
        simulation.ask(Asked((*range(length), 1000 + length), most=1))
        assert simulation.step().feeds[0].position == position


def test_a_copy_has_the_floor_of_what_it_was_copied_from() -> None:
    simulation = Simulation(_room(cells=400))
    simulation.ask(Asked(tuple(range(80)), most=1))
    simulation.run(3)
    simulation.engine.floors[0] = 40
    for length in (50, 30):
        simulation.ask(Asked((*range(length), 1000 + length), most=1))
    assert sorted(feed.position for feed in simulation.step().feeds) == [0, 50]
