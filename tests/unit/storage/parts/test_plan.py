"""Who fetches which blocks."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)

from olbuild.storage.parts.plan import Claim, Plan


def test_one_reader_claims_the_whole_run() -> None:
    plan = Plan(100, lambda block: 30 <= block < 40)
    first, second = plan.take(None, 1), plan.take(None, 1)
    assert first is not None and second is not None  # noqa: PT018
    assert (first.start, first.end, second.start, second.end) == (0, 30, 40, 100)
    assert plan.take(None, 1) is None


@given(st.integers(1, 64), st.integers(1, 8))
def test_parts_become_smaller_towards_the_end(part: int, readers: int) -> None:
    plan, sizes = Plan(1000, lambda _block: False), list[int]()
    while claim := plan.take(part, readers):
        sizes.append(claim.end - claim.start)
        claim.start = claim.end
    assert sum(sizes) == 1000
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    assert max(sizes) == max(min(4, part), min(part, 1000 // (2 * readers)))


def test_a_claim_in_the_middle_changes_nothing_until_it_is_confirmed() -> None:
    plan = Plan(100, lambda _block: False)
    first = plan.take(None, 1)
    second = plan.split(10, 20, known=False)
    assert first is not None and second is not None  # noqa: PT018
    assert (first.end, second.start, second.end) == (100, 20, 30)
    assert plan.confirm(second)
    assert first.end == 20
    third = plan.take(50, 1)
    assert third is not None
    assert third.start == 30


def test_a_claim_that_was_overtaken_is_given_up() -> None:
    plan = Plan(100, lambda _block: False)
    first = plan.take(None, 1)
    second = plan.split(10, 20, known=False)
    assert first is not None and second is not None  # noqa: PT018
    first.start = 20  # it is just reading that block
    assert not plan.confirm(second)
    assert first.end == 100


def test_the_rest_begins_with_the_first_block_that_is_missing() -> None:
    plan = Plan(100, lambda block: block < 10 or 30 <= block < 40)
    first, second = plan.take(None, 1), plan.take(20, 1)
    assert first is not None and second is not None  # noqa: PT018
    first.start = 15
    plan.release(first)
    plan.release(second)
    rest = plan.rest()
    assert rest is not None
    assert (rest.start, rest.end, plan.left) == (15, 100, 85)
    assert plan.rest() is None


class Readers(RuleBasedStateMachine):
    """Readers that claim, read, confirm and fail in any order: no block is lost, or read twice where it need not."""

    claims = Bundle("claims")

    @initialize(count=st.integers(1, 120), there=st.sets(st.integers(0, 119)))
    def begin(self, count: int, there: set[int]) -> None:
        self.there = {block for block in there if block < count}
        self.count = count
        self.plan = Plan(count, self.there.__contains__)
        self.open: list[Claim] = []
        self.whole = False

    @rule(target=claims, part=st.none() | st.integers(1, 30), readers=st.integers(1, 4))
    def take(self, part: int | None, readers: int) -> object:
        claim = self.plan.take(part, readers)
        if claim is None:
            return multiple()
        self.open.append(claim)
        return claim

    @rule(target=claims, part=st.integers(1, 30), ahead=st.integers(1, 30), known=st.booleans())
    def split(self, part: int, ahead: int, *, known: bool) -> object:
        if any(claim.of for claim in self.open):  # as in the engine: one at a time asks whether there are ranges
            return multiple()
        claim = self.plan.split(part, ahead, known=known)
        if claim is None:
            return multiple()
        self.open.append(claim)
        return claim

    @precondition(lambda self: not self.open)
    @rule(target=claims)
    def rest(self) -> object:
        claim = self.plan.rest()
        if claim is None:
            assert len(self.there) == self.count
            return multiple()
        assert claim.start <= min(set(range(self.count)) - self.there, default=self.count)
        assert claim.end == self.count
        self.whole = True
        self.open.append(claim)
        return claim

    @rule(claim=claims)
    def read(self, claim: Claim) -> None:
        if claim not in self.open or claim.start >= claim.end:
            return
        if not self.plan.confirm(claim):
            self.open.remove(claim)
            return
        assert self.whole or claim.start not in self.there
        self.there.add(claim.start)
        claim.start += 1

    @rule(claim=consumes(claims))
    def leave(self, claim: Claim) -> None:
        self.plan.release(claim)
        if claim in self.open:
            self.open.remove(claim)

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "plan"):
            return
        missing = self.count - len(self.there)
        assert self.plan.left >= missing if self.whole else self.plan.left == missing

    def teardown(self) -> None:
        if not hasattr(self, "plan"):
            return
        for claim in self.open:
            self.plan.release(claim)
        while left := self.plan.take(None, 1):
            self.there |= set(range(left.start, left.end))
        assert len(self.there) == self.count


TestReaders = Readers.TestCase
