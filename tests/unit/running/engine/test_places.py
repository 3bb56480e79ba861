"""Positions of places behind parts that take fewer."""

from olbuild.running.engine.places import Places


def test_positions_behind_a_part() -> None:
    places = Places()
    places.add(0, 30, 18)  # 24 places from the sixth on, 6 positions
    places.add(0, 60, 10)
    assert [places.position(0, place) for place in (0, 6, 30, 31, 60, 70)] == [0, 6, 12, 13, 32, 42]
    assert places.position(1, 60) == 60


def test_parts_go_with_what_is_cut_and_copied() -> None:
    places = Places()
    places.add(0, 30, 18)
    places.add(0, 60, 10)
    places.copy(0, 1)
    places.cut(1, 40)
    places.cut(0, 6)
    assert places.position(0, 60) == 60
    assert places.position(1, 60) == 42
    places.copy(0, 1)
    assert places.position(1, 60) == 60
