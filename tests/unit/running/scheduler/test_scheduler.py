"""What a scheduler does with a few requests."""

import pytest

from olbuild.core.errors import UsageError
from olbuild.core.records import replace
from olbuild.running.scheduler import Scheduler
from olbuild.running.steps import Feed, Room, Step
from tests.unit.running.scheduler.simulation import Asked, Simulation

ROOM = Room(cells=400, context=100, sequences=4, batch=64)


def _prompt(length: int, first: int = 0) -> tuple[int, ...]:
    return tuple(range(first, first + length))


def test_a_prompt_is_read_and_continued() -> None:
    scheduler = Scheduler(ROOM)
    scheduler.add(7, (1, 2, 3), most=2)
    step = scheduler.schedule()
    assert step == Step(feeds=(Feed(7, 0, 0, (1, 2, 3), 1),))
    assert scheduler.advance(step, {7: (9,)}) == ()
    step = scheduler.schedule()
    assert step == Step(feeds=(Feed(7, 0, 3, (9,), 1),))
    assert scheduler.advance(step, {7: (8,)}) == (7,)
    assert scheduler.schedule() == Step()


def test_nothing_has_to_be_decided_while_all_generate() -> None:
    scheduler = Scheduler(ROOM)
    scheduler.add(7, (1, 2, 3), most=6)
    step = scheduler.schedule()
    assert step.ahead == 0  # a prompt is read
    scheduler.advance(step, {7: (9,)})
    step = scheduler.schedule()
    assert step == Step(feeds=(Feed(7, 0, 3, (9,), 1),), ahead=4)
    assert scheduler.advance(step, {7: (8, 7, 6)}) == ()
    assert scheduler.figures.cells == 6
    scheduler.add(8, (1, 2, 3, 9, 8, 7, 6, 5, 4), most=1)
    step = scheduler.schedule()
    assert step.feeds[0] == Feed(7, 0, 6, (6,), 1)
    assert scheduler.cached(8) == 6  # what was evaluated ahead is known to others
    assert step.ahead == 0  # another one reads
    scheduler.advance(step, {7: (5,), 8: (1,)})
    assert scheduler.schedule({7: (4,)}).ahead == 0  # a guess is checked


@pytest.mark.parametrize(("most", "ahead"), [(2, 0), (3, 1), (40, 16)])
def test_nobody_gets_more_than_was_asked_for(most: int, ahead: int) -> None:
    simulation = Simulation(ROOM)
    simulation.ask(Asked(_prompt(5), most=50))
    simulation.ask(Asked(_prompt(5, 100), most=most))
    simulation.step()
    assert simulation.step().ahead == ahead


def test_nobody_gets_more_than_there_are_cells_for() -> None:
    simulation = Simulation(replace(ROOM, cells=77))
    for first in (0, 100):
        simulation.ask(Asked(_prompt(5, first), most=60))
    while simulation.engine.used < 60:
        simulation.step()
    assert simulation.step().ahead == 7  # of 17 cells two are taken by the step itself, and each answer can have 7 more


def test_a_request_without_a_token_has_ended() -> None:
    scheduler = Scheduler(ROOM)
    scheduler.add(7, (1, 2, 3), most=2)
    assert scheduler.advance(scheduler.schedule(), {7: ()}) == (7,)


@pytest.mark.parametrize("length", [0, 101])
def test_a_prompt_that_fits_nowhere_is_refused(length: int) -> None:
    with pytest.raises(UsageError, match=f"the prompt has {length} tokens; it can have 1 to 100"):
        Scheduler(ROOM).add(1, _prompt(length), most=1)


def test_answers_get_their_tokens_while_prompts_are_read() -> None:
    simulation = Simulation(ROOM, chunk=10)
    simulation.ask(Asked(_prompt(5), most=20))
    simulation.step()
    simulation.ask(Asked(_prompt(90, 100), most=20))
    for count in range(2, 7):
        step = simulation.step()
        assert [len(feed.tokens) for feed in step.feeds] == [1, 10]
        assert len(simulation.asked[0].answer) == count


def test_a_step_is_longer_for_prompts_that_end_in_it() -> None:
    simulation = Simulation(ROOM, chunk=10)
    simulation.ask(Asked(_prompt(5), most=20))
    simulation.step()
    for first in (100, 200, 300):
        simulation.ask(Asked(_prompt(15, first), most=20))
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [1, 15, 15]  # and not 45, which are too many
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [1, 1, 1, 15]


@pytest.mark.parametrize(("waiting", "ended"), [(8, 2), (12, 4), (16, 5), (30, 5)])
def test_a_step_is_longer_the_more_wait(waiting: int, ended: int) -> None:
    simulation = Simulation(Room(cells=3200, context=100, sequences=32, batch=128), chunk=10)
    simulation.ask(Asked(_prompt(5), most=20))
    simulation.step()
    for number in range(waiting):
        simulation.ask(Asked(_prompt(15, 100 * (number + 1)), most=20))
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [1, *[15] * ended]


def test_one_who_is_alone_is_read_in_whole_steps_on_any_machine() -> None:
    simulation = Simulation(ROOM, chunk=1)
    simulation.ask(Asked(_prompt(100), most=1))
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [64]
    simulation.ask(Asked(_prompt(10, 500), most=1))
    assert sum(len(feed.tokens) for feed in simulation.step().feeds) == 4


def test_a_second_turn_reads_only_what_is_new() -> None:
    simulation = Simulation(ROOM)
    first = Asked(_prompt(30), most=10)
    simulation.ask(first)
    simulation.run(10)
    second = simulation.ask(Asked((*first.prompt, *first.answer, 1, 2, 3), most=1))
    step = simulation.scheduler.schedule()
    assert simulation.scheduler.cached(second) == 39
    assert step.edits == ()
    assert [feed.position for feed in step.feeds] == [39]


def test_a_prompt_begins_with_a_copy_of_what_another_one_shares() -> None:
    simulation = Simulation(ROOM)
    for last in (1, 2, 3):
        simulation.ask(Asked((*_prompt(40), last), most=5))
    step = simulation.step()
    assert [len(feed.tokens) for feed in step.feeds] == [40]  # the others wait for it
    step = simulation.step()
    assert [len(feed.tokens) for feed in step.feeds] == [1, 1, 1]
    assert simulation.engine.used == 43
    assert [simulation.scheduler.cached(number) for number in simulation.open] == [0, 40, 40]


def test_what_was_read_for_one_cache_is_not_used_for_another() -> None:
    simulation = Simulation(ROOM)
    for cache, known in (("", 0), ("mine", 0), ("mine", 39), ("yours", 0), ("", 39)):
        number = simulation.ask(Asked(_prompt(40), most=2, cache=cache))
        simulation.step()
        assert simulation.scheduler.cached(number) == known
        simulation.run(5)
