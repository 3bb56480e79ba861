"""How long steps take."""

from olbuild.running.scheduler import Pace


def test_a_slow_machine_reads_little_at_once() -> None:
    pace = Pace()
    pace.note(256, 25.6)
    assert pace.chunk == 16
    for _ in range(40):
        pace.note(16, 0.04)
    assert 95 <= pace.chunk <= 100


def test_a_fast_machine_reads_much_at_once() -> None:
    pace = Pace()
    pace.note(512, 0.0128)
    assert pace.chunk == 10_000


def test_steps_without_prompts_say_nothing() -> None:
    pace = Pace()
    before = pace.chunk
    pace.note(1, 5.0)
    pace.note(512, 0.0)
    assert pace.chunk == before


def test_one_odd_step_does_not_change_everything() -> None:
    pace = Pace()
    for _ in range(10):
        pace.note(100, 0.1)
    pace.note(100, 0.2)
    assert 190 <= pace.chunk <= 210
