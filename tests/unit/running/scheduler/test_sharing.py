"""Who goes first, and who makes room: clients, priorities, long and short prompts."""

import pytest

from olbuild.running.scheduler.clients import Clients
from olbuild.running.steps import Room
from tests.unit.running.scheduler.simulation import Asked, Simulation

ROOM = Room(cells=4000, context=1000, sequences=4, batch=64)


def _prompt(length: int, first: int) -> tuple[int, ...]:
    return tuple(range(first, first + length))


def _first_token(simulation: Simulation, number: int, most: int) -> int:
    """Return after how many steps a request has its first token."""
    for count in range(1, most + 1):
        simulation.step()
        if simulation.asked[number].answer:
            return count
    pytest.fail(f"no token in {most} steps")


def _flood(simulation: Simulation, count: int, length: int = 60, **wishes: str) -> None:
    for number in range(count):
        simulation.ask(Asked(_prompt(length, 10_000 * (number + 1)), most=500, **wishes))  # type: ignore[arg-type]


def test_a_client_without_anything_gets_a_sequence_of_one_that_has_several() -> None:
    simulation = Simulation(ROOM, chunk=64)
    _flood(simulation, 20, client="many")
    for _ in range(20):
        simulation.step()
    assert simulation.scheduler.figures.generating == 4
    number = simulation.ask(Asked(_prompt(60, 0), most=5, client="one"))
    assert _first_token(simulation, number, 1) == 1
    assert simulation.scheduler.figures.preempted == 1
    assert len(simulation.asked[0].answer) > 16  # the first one of the other client went on


def test_clients_that_have_one_each_take_nothing_from_each_other() -> None:
    simulation = Simulation(ROOM)
    for client in "abcdefgh":
        simulation.ask(Asked(_prompt(60, 1000 * ord(client)), most=30, client=client))
    simulation.run(300)
    assert simulation.scheduler.figures.preempted == 0


def test_clients_with_much_to_do_get_equal_shares() -> None:
    simulation = Simulation(ROOM, chunk=64)
    for number in range(100):
        simulation.ask(Asked(_prompt(90, 1000 * number), most=10, client="large"))
        for part in range(3):
            simulation.ask(Asked(_prompt(20, 1000 * number + 300 * (part + 1)), most=10, client="small"))
    had = {"large": 0, "small": 0}
    while simulation.scheduler.figures.waiting > 50:
        for feed in simulation.step().feeds:
            had[simulation.asked[feed.request].client] += len(feed.tokens)
        assert abs(had["large"] - had["small"]) <= 4 * 100  # what four sequences can be ahead


def test_a_higher_priority_goes_first_and_takes_what_it_needs() -> None:
    simulation = Simulation(ROOM, chunk=64)
    _flood(simulation, 10)
    for _ in range(10):
        simulation.step()
    urgent = simulation.ask(Asked(_prompt(60, 0), most=5, priority=1))
    assert _first_token(simulation, urgent, 1) == 1
    later = [simulation.ask(Asked(_prompt(60, 500 * number), most=5, priority=number)) for number in range(2, 8)]
    simulation.step()
    reading = [feed.request for feed in simulation.step().feeds if simulation.asked[feed.request].priority]
    assert set(reading) <= {urgent, *later[-3:]}


def test_a_short_prompt_does_not_wait_for_a_long_one() -> None:
    simulation = Simulation(ROOM)
    simulation.ask(Asked(_prompt(900, 0), most=1))
    simulation.step()
    short = simulation.ask(Asked(_prompt(20, 2000), most=1))
    assert _first_token(simulation, short, 1) == 1


def test_a_short_prompt_comes_before_the_second_of_two_long_ones() -> None:
    simulation = Simulation(ROOM)
    for number in range(2):
        simulation.ask(Asked(_prompt(900, 2000 * number), most=1))
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [32, 32]
    short = simulation.ask(Asked(_prompt(20, 5000), most=1))
    assert _first_token(simulation, short, 1) == 1


def test_a_long_prompt_is_not_held_up_by_short_ones() -> None:
    simulation = Simulation(ROOM)
    simulation.ask(Asked(_prompt(640, 0), most=1))
    for count in range(20):  # half of 64 tokens in each step
        assert not simulation.asked[0].answer
        simulation.ask(Asked(_prompt(60, 2000 * (count + 1)), most=1))
        simulation.step()
    assert simulation.asked[0].answer


def test_many_who_share_a_system_text_read_it_once() -> None:
    room = Room(cells=8000, context=4000, sequences=16, batch=512)
    simulation = Simulation(room, chunk=256)
    for number in range(16):
        simulation.ask(Asked((*_prompt(1100, 0), *_prompt(20, 5000 * (number + 1))), most=1))
    steps = simulation.run(10)
    assert simulation.evaluated == 1100 + 16 * 20
    assert steps == 4


def test_what_is_read_for_one_prompt_stops_where_another_one_parts_from_it() -> None:
    simulation = Simulation(ROOM)
    shared = _prompt(30, 0)
    simulation.ask(Asked((*shared, *_prompt(300, 1000)), most=1))
    simulation.ask(Asked((*shared, *_prompt(10, 2000)), most=1))
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [30]
    assert [len(feed.tokens) for feed in simulation.step().feeds] == [54, 10]


def test_nobody_waits_for_one_of_a_lower_priority() -> None:
    simulation = Simulation(ROOM)
    shared = _prompt(500, 0)
    simulation.ask(Asked((*shared, 1), most=1))
    simulation.step()
    urgent = simulation.ask(Asked((*shared, 2), most=1, priority=1))
    assert urgent in {feed.request for feed in simulation.step().feeds}


def test_nobody_waits_for_what_may_not_be_shared() -> None:
    simulation = Simulation(ROOM)
    for cache in ("mine", "yours"):
        simulation.ask(Asked(_prompt(500, 0), most=1, cache=cache))
    assert {feed.request for feed in simulation.step().feeds} == {0, 1}


def test_a_client_that_was_away_has_saved_nothing_up() -> None:
    clients = Clients()
    clients.arrive("busy")
    clients.begin("busy", 1000)
    clients.advance(1000)
    clients.arrive("new")
    assert clients.time("new") == clients.time("busy") == 1000


def test_new_clients_do_not_come_before_one_that_had_its_share_for_ever() -> None:
    clients = Clients()
    clients.arrive("first")
    clients.begin("first", 100)
    clients.arrive("first")
    for number in range(4):
        clients.arrive(f"new {number}")
        assert clients.time(f"new {number}") < clients.time("first")
        clients.begin(f"new {number}", 50)
        clients.advance(50)
        clients.leave(f"new {number}", waiting=False)
    for _turn in range(9):
        clients.advance(25)
    clients.arrive("last")
    assert clients.time("last") > clients.time("first")


def test_clients_are_forgotten_once_they_have_no_debts() -> None:
    clients = Clients()
    for number in range(100):
        clients.arrive(str(number))
        clients.begin(str(number), 10)
        clients.leave(str(number), waiting=False)
    clients.arrive("there")
    clients.advance(10)
    assert list(clients._clients) == ["there"]
