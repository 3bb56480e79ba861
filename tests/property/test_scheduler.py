"""No request is lost, mixed up or starved, whatever is asked in whatever order, and whatever fails in between."""

import sys

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from olbuild.running.media import part_key, part_tokens
from olbuild.running.scheduler import saved
from olbuild.running.steps import Room
from tests.unit.running.scheduler.books import VOCABULARY
from tests.unit.running.scheduler.cells import PLACES
from tests.unit.running.scheduler.simulation import Asked, Simulation

_BEGINNINGS = tuple(
    tuple(range(start, start + length)) for start, length in ((0, 3), (0, 20), (10, 40), (7, 90), (100, 90))
)
_ENDINGS = st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=15).map(tuple)
_IMAGES = tuple(tuple(part_tokens(part_key(name, 0), PLACES)) for name in (b"cat", b"dog"))
_PIECES = st.lists(st.sampled_from([*_IMAGES, (1, 2), (3,)]), min_size=1, max_size=6)
_WISHES = st.fixed_dictionaries(
    {
        "most": st.integers(0, 40),
        "client": st.sampled_from("abc"),
        "cache": st.sampled_from(["", "", "mine"]),
        "priority": st.sampled_from([0, 0, 0, 1, 2]),
    }
)


@st.composite
def rooms(draw: st.DrawFn) -> Room:
    whole = draw(st.sampled_from([False, False, True]))
    sequences = draw(st.sampled_from([1, 2, 3, 8]))
    batch = draw(st.sampled_from([1, 2, 5, 16, 64]))
    context = draw(st.sampled_from([10, 30, 100]))
    return Room(
        cells=draw(st.sampled_from([10, 40, 100, 300])),
        context=context,
        ready=draw(st.sampled_from([0, 0, context // 4, context // 2])),
        sequences=sequences,
        batch=batch,
        outputs=draw(st.sampled_from([0, min(sequences, batch)])),
        cuts=not whole,
        copies=not whole,
        shifts=draw(st.booleans()),
        saved=draw(st.sampled_from([0, 100, 250, 1000])),
        state=draw(st.sampled_from([0, 0, 15])),
        parts=0 if whole else draw(st.sampled_from([sys.maxsize, sys.maxsize, 0, 20])),
    )


class Schedules(RuleBasedStateMachine):
    """Everything that can happen to a scheduler."""

    simulation: Simulation
    least: int

    @initialize(
        room=rooms(),
        chunk=st.sampled_from([1, 8, 16]),
        missing=st.sampled_from([0, 0, 0, 5]),
        forgetful=st.sampled_from([0, 0, 0.3]),
    )
    def begin(self, room: Room, chunk: int, missing: int, forgetful: float) -> None:
        self.least = saved.LEAST
        saved.LEAST = 2  # so that there are many copies
        self.simulation = Simulation(room, chunk=chunk, missing=missing, forgetful=forgetful)

    @rule(beginning=st.sampled_from(_BEGINNINGS), ending=_ENDINGS, wishes=_WISHES, keep=st.sampled_from([-1, 0, 4, 99]))
    def ask(self, beginning: tuple[int, ...], ending: tuple[int, ...], wishes: dict[str, object], keep: int) -> None:
        simulation = self.simulation
        prompt = (beginning + ending)[-simulation.scheduler.limit :]
        shift = keep != 4 and not simulation.missing  # where a context ends that turns out to be smaller, nobody knows
        simulation.ask(Asked(prompt, shift=shift, keep=keep, **wishes))  # type: ignore[arg-type]

    @rule(pieces=_PIECES, ending=_ENDINGS, wishes=_WISHES)
    def show(self, pieces: list[tuple[int, ...]], ending: tuple[int, ...], wishes: dict[str, object]) -> None:
        """Ask about images, the same ones again and again, one behind the other or with text between."""
        prompt = (*(token for piece in pieces for token in piece), *ending)
        if len(prompt) <= self.simulation.scheduler.limit:
            self.simulation.ask(Asked(prompt, **wishes))  # type: ignore[arg-type]

    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """Go on with a conversation."""
        if not self.simulation.asked:
            return
        earlier = self.simulation.asked[data.draw(st.sampled_from(sorted(self.simulation.asked)))]
        prompt = (*earlier.prompt, *earlier.answer, 1, 2, 3)
        if len(prompt) <= self.simulation.scheduler.limit:
            self.simulation.ask(Asked(prompt, most=5, client=earlier.client, cache=earlier.cache))

    @precondition(lambda self: self.simulation.open)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.simulation.cancel(data.draw(st.sampled_from(sorted(self.simulation.open))))

    @rule(guess=st.booleans(), count=st.integers(1, 5), ahead=st.booleans())
    def step(self, count: int, *, guess: bool, ahead: bool) -> None:
        for _ in range(count):
            self.simulation.step(guess=guess, ahead=ahead)

    @rule(abort=st.booleans(), guess=st.booleans(), ahead=st.booleans())
    def cancel_within_a_step(self, *, abort: bool, guess: bool, ahead: bool) -> None:
        self.simulation.step(guess=guess, cancelled=0.3, abort=abort, ahead=ahead)

    @rule(ahead=st.booleans())
    def abort(self, *, ahead: bool) -> None:
        self.simulation.step(abort=True, ahead=ahead)

    @rule()
    def erode(self) -> None:
        self.simulation.erode()

    @precondition(lambda self: self.simulation.engine.room.cells >= self.simulation.engine.room.context)
    @rule(lost=st.sampled_from([0, 0.3]))
    def grow(self, lost: float) -> None:
        if self.simulation.engine.room.sequences < 8:
            self.simulation.grow(lost=lost)

    @invariant()
    def figures_are_true(self) -> None:
        if hasattr(self, "simulation"):
            self.simulation.compare()

    def teardown(self) -> None:
        """Every request comes to its end, and no token is evaluated without need for ever."""
        if not hasattr(self, "simulation"):
            return
        simulation = self.simulation
        work = sum(len(asked.prompt) + asked.most for asked in simulation.asked.values())
        # What cannot be moved is read again whenever the context is full, which with much to keep is at each token.
        again = simulation.scheduler.limit if any(asked.shift for asked in simulation.asked.values()) else 1
        try:
            simulation.run(20 + 4 * work * again)
        finally:
            saved.LEAST = self.least


TestSchedules = Schedules.TestCase
TestSchedules.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
