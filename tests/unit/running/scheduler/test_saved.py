"""Copies of what is given up."""

import random

from hypothesis import given
from hypothesis import strategies as st

from olbuild.running.scheduler.saved import Saved
from olbuild.running.scheduler.tree import Match, common
from olbuild.running.steps import Copy, Cut, Forget, Restore, Room, Save, Step
from tests.unit.running.scheduler.simulation import Asked, Simulation


def _prompt(length: int, first: int = 0) -> tuple[int, ...]:
    return tuple(range(first, first + length))


def _room(sequences: int = 1, cells: int = 400, saved: int = 1000) -> Room:
    return Room(cells=cells, context=200, sequences=sequences, batch=200, saved=saved)


def _read(simulation: Simulation, *prompts: tuple[int, ...]) -> list[Step]:
    """Let prompts be read, one after the other; return the first step of each."""
    steps = []
    for prompt in prompts:
        simulation.ask(Asked(prompt, most=1))
        steps.append(simulation.step())
        simulation.run(5)
    return steps


def test_what_is_given_up_is_put_back_when_a_prompt_begins_so() -> None:
    simulation = Simulation(_room())
    one, other = _prompt(100), _prompt(100, 1000)
    steps = _read(simulation, one, other, (*one, 7))
    assert [step.edits for step in steps] == [
        (),
        (Save(0, 0), Cut(0, 0)),
        (Save(0, 1), Cut(0, 0), Restore(0, 0, 100)),
    ]
    assert [feed.position for feed in steps[2].feeds] == [100]
    assert simulation.evaluated == 201


def test_the_last_token_of_a_prompt_is_read_again() -> None:
    simulation = Simulation(_room())
    steps = _read(simulation, _prompt(100), _prompt(100, 1000), _prompt(100))
    assert steps[2].edits[-1] == Restore(0, 0, 99)


def test_what_is_short_is_rather_read_again() -> None:
    simulation = Simulation(_room())
    assert _read(simulation, _prompt(63), _prompt(100, 1000))[1].edits == (Cut(0, 0),)


def test_what_others_hold_too_needs_no_copy() -> None:
    simulation = Simulation(_room(sequences=2))
    running = simulation.ask(Asked((*_prompt(120), 7), most=60))
    simulation.step()
    for prompt in ((*_prompt(120), *_prompt(30, 500)), _prompt(60, 1000)):
        simulation.ask(Asked(prompt, most=1))
        edits = [edit for _ in range(3) for edit in simulation.step().edits]
    assert edits == [Cut(1, 0)]
    assert running in simulation.open


def test_what_is_saved_already_is_not_saved_again() -> None:
    simulation = Simulation(_room())
    steps = _read(simulation, _prompt(100), _prompt(100, 1000), (*_prompt(100), 7), _prompt(100, 1000))
    assert steps[3].edits == (Cut(0, 0), Restore(1, 0, 99))


def test_a_longer_copy_takes_the_place_of_its_beginning() -> None:
    simulation = Simulation(_room())
    one, other = _prompt(100), _prompt(100, 1000)
    steps = _read(simulation, one, other, (*one, *_prompt(80, 500)), other)
    assert steps[3].edits == (Forget(0), Save(0, 2), Cut(0, 0), Restore(1, 0, 99))
    assert simulation.scheduler.figures.saved == 280


def test_the_copy_that_was_used_least_recently_goes_first() -> None:
    simulation = Simulation(_room(saved=250))
    prompts = [_prompt(100, 1000 * number) for number in range(3)]
    steps = _read(simulation, *prompts, prompts[0], prompts[1])
    # 0 is put back and so was used later than 1, for which 2 was given up.
    assert steps[3].edits == (Forget(1), Save(0, 2), Cut(0, 0), Restore(0, 0, 99))
    assert [feed.position for feed in steps[4].feeds] == [0]


def test_a_copy_is_not_forgotten_for_another_one_just_before_it_is_put_back() -> None:
    simulation = Simulation(_room(saved=150))
    steps = _read(simulation, _prompt(100), _prompt(100, 1000), _prompt(100))
    assert steps[2].edits == (Cut(0, 0), Restore(0, 0, 99))


def test_what_is_here_is_preferred_where_a_copy_saves_little() -> None:
    simulation = Simulation(_room(sequences=2))
    _read(simulation, _prompt(150), _prompt(150, 1000), _prompt(150, 2000), _prompt(90))
    step = _read(simulation, (*_prompt(100), 7))[0]
    assert not any(isinstance(edit, Restore | Copy) for edit in step.edits)


def test_one_who_has_made_room_for_others_goes_on_with_a_copy() -> None:
    simulation = Simulation(_room())
    patient = simulation.ask(Asked(_prompt(100), most=50))
    simulation.step()
    simulation.ask(Asked(_prompt(100, 1000), most=2, priority=1))
    simulation.run(200)
    assert simulation.scheduler.figures.preempted == 1
    assert simulation.asked[patient].answer == simulation.asked[patient].expected(200)
    assert simulation.evaluated == 100 + 49 + 100 + 1


def test_a_copy_that_cannot_be_put_back_is_forgotten_and_its_prompt_read() -> None:
    simulation = Simulation(_room(), forgetful=1)
    steps = _read(simulation, _prompt(100), _prompt(100, 1000), _prompt(100))
    assert Restore(0, 0, 99) in steps[2].edits
    assert 0 not in simulation.engine.copies
    assert simulation.evaluated == 300


def test_copies_of_one_cache_are_not_used_for_another() -> None:
    simulation = Simulation(_room())
    for cache in ("mine", "", "yours"):
        simulation.ask(Asked(_prompt(100), most=1, cache=cache))
        step = simulation.step()
        assert [feed.position for feed in step.feeds] == [0]
        simulation.run(5)


def test_a_copy_that_there_is_no_room_for_holds_nobody_up() -> None:
    simulation = Simulation(_room(sequences=2, cells=200))
    _read(simulation, _prompt(150), _prompt(150, 1000))
    simulation.ask(Asked(_prompt(40, 3000), most=40))
    simulation.step()
    simulation.ask(Asked((*_prompt(70), 7), most=1))  # its copy has 150 tokens
    step = simulation.step()
    assert [feed.position for feed in step.feeds] == [40, 0]
    simulation.run(100)


@given(st.integers(0, 2**32))
def test_copies_are_what_a_list_would_be(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    parts, state = chance.choice([500, 0, 100]), chance.choice([0, 30])
    saved, known = Saved(500, parts, state), dict[int, list[int]]()
    for _ in range(40):
        tokens = [chance.randrange(2)] * chance.choice([70, 100]) + [chance.randrange(3)] * chance.choice([0, 70, 130])
        wanted = chance.choice([None, *known])
        if (added := saved.add("", tokens, but=wanted)) is not None:
            number, gone = added
            assert wanted not in gone
            for copy in gone:
                del known[copy]
            known[number] = tokens
        assert saved.tokens == sum(map(len, known.values())) <= 500 - state * len(known)
        prompt = tokens[: chance.randrange(len(tokens))]
        found = saved.match("", prompt, len(prompt))
        shared = ((one, common(one, prompt)) for one in known.values())
        usable = [length for one, length in shared if len(one) <= parts or length == len(one)]
        assert found.length == max(usable, default=0)
        if found.copy is not None:
            assert saved.take(found.copy) == known[found.copy]
        assert saved.match("mine", prompt, len(prompt)) == Match(0)
