"""Laws of making room for a model: nothing is lost that need not be, and whoever waits gets its turn."""

from hypothesis import given
from hypothesis import strategies as st

from olbuild.core.records import replace
from olbuild.running.manager.policy import Go, Holder, Memory, Refuse, Room, Wait, decide

memories = st.builds(Memory, host=st.integers(0, 20), gpu=st.integers(0, 20))
rooms = st.builds(
    Room, free=st.builds(Memory, host=st.integers(-5, 30), gpu=st.integers(-5, 30)), most=st.integers(1, 4)
)


@st.composite
def holders(draw: st.DrawFn) -> tuple[Holder, ...]:
    one = st.builds(
        Holder,
        key=st.just(0),
        users=st.integers(0, 2),
        stays=st.none() | st.floats(0, 100),
        holds=memories,
        going=st.booleans(),
    )
    return tuple(replace(holder, key=number) for number, holder in enumerate(draw(st.lists(one, max_size=6))))


def without(keys: set[int], held: tuple[Holder, ...], room: Room) -> tuple[tuple[Holder, ...], Room]:
    """Return what there is once some have gone."""
    gone = [holder for holder in held if holder.key in keys]
    free = Memory(
        host=room.free.host + sum(holder.holds.host for holder in gone),
        gpu=room.free.gpu + sum(holder.holds.gpu for holder in gone),
    )
    return tuple(holder for holder in held if holder.key not in keys), replace(room, free=free)


@given(needs=memories, held=holders(), room=rooms)
def test_what_is_loaded_fits(needs: Memory, held: tuple[Holder, ...], room: Room) -> None:
    if decide(needs, held, room) == Go():
        assert needs.host <= room.free.host
        assert len(held) < room.most
        assert needs.gpu <= room.free.gpu or not any(holder.holds.gpu for holder in held)


@given(needs=memories, held=holders(), room=rooms)
def test_only_what_would_not_fit_alone_is_refused(needs: Memory, held: tuple[Holder, ...], room: Room) -> None:
    decision = decide(needs, held, room)
    _, alone = without({holder.key for holder in held}, held, room)
    assert isinstance(decision, Refuse) == (needs.host > alone.free.host)


@given(needs=memories, held=holders(), room=rooms)
def test_whoever_waits_gets_its_turn_once_those_have_gone(needs: Memory, held: tuple[Holder, ...], room: Room) -> None:
    decision = decide(needs, held, room)
    if isinstance(decision, Wait):
        gone = {holder.key for holder in held if holder.going} | set(decision.dismiss)
        assert gone
        assert decide(needs, *without(gone, held, room)) == Go()


@given(needs=memories, held=holders(), room=rooms)
def test_none_goes_that_could_have_stayed(needs: Memory, held: tuple[Holder, ...], room: Room) -> None:
    decision = decide(needs, held, room)
    if isinstance(decision, Wait):
        gone = {holder.key for holder in held if holder.going} | set(decision.dismiss)
        for key in decision.dismiss:
            assert decide(needs, *without(gone - {key}, held, room)) != Go()


@given(needs=memories, held=holders(), room=rooms)
def test_none_in_use_goes_while_idle_ones_suffice(needs: Memory, held: tuple[Holder, ...], room: Room) -> None:
    decision = decide(needs, held, room)
    used = {holder.key for holder in held if holder.users}
    if isinstance(decision, Wait) and used & set(decision.dismiss):
        spared = {holder.key for holder in held if holder.going or not holder.users}
        assert decide(needs, *without(spared, held, room)) != Go()
