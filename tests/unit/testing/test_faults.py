"""Faults as data: which request is struck, what is counted twice, and what is judged right."""

import pytest

from olbuild.testing.faults import Answer, Break, Exchange, Fault, Flip, IgnoreRange
from olbuild.testing.faults.cases import Case, cases
from olbuild.testing.faults.data import Plan
from olbuild.testing.faults.judge import Outcome, Visible, judge
from olbuild.testing.faults.measures import fetched, fetched_again, sent, sent_again

BLOB = f"/v2/me/model/blobs/sha256:{'a' * 64}"
BUSY = Answer(status=503)


def test_a_fault_strikes_some_requests_and_no_others() -> None:
    plan = Plan([Fault(what=BUSY, method="GET|HEAD", path="/blobs/", first=2, times=2)])
    assert plan.before("PUT", BLOB, None) is None
    assert plan.before("GET", "/v2/", None) is None
    struck = [plan.before(method, BLOB, None) for method in ("GET", "HEAD", "GET", "GET")]
    assert struck == [None, BUSY, BUSY, None]


def test_a_fault_without_end_strikes_always_and_what_is_replaced_begins_anew() -> None:
    plan = Plan([Fault(what=BUSY, times=None)])
    assert [plan.before("GET", BLOB, None) for _ in range(9)] == [BUSY] * 9
    plan.replace([Fault(what=BUSY)])
    assert [plan.before("GET", BLOB, None) for _ in range(2)] == [BUSY, None]
    plan.replace([Fault(what=BUSY)])
    assert plan.before("GET", BLOB, None) == BUSY


def test_an_offset_is_struck_where_a_body_reaches_it() -> None:
    first, second = Break(at=100, ending="close"), Flip(at=200)
    plan = Plan([Fault(what=first), Fault(what=second)])
    assert plan.after("GET", BLOB, 100) is None
    assert [plan.after("GET", BLOB, 1000) for _ in range(3)] == [first, second, None]


def test_small_bodies_are_spared() -> None:
    plan = Plan([Fault(what=BUSY, over=100, times=None)])
    assert [plan.before("PUT", BLOB, size) for size in (100, 101, None)] == [None, BUSY, BUSY]


def test_kinds_of_faults_do_not_hide_each_other() -> None:
    plan = Plan([Fault(what=IgnoreRange(), times=None), Fault(what=BUSY), Fault(what=Flip(at=0))])
    assert plan.ignores_range("GET", BLOB)
    assert plan.before("GET", BLOB, None) == BUSY
    assert plan.after("GET", BLOB, 10) == Flip(at=0)


def got(start: int, amount: int, target: str = BLOB) -> Exchange:
    return Exchange(method="GET", target=target, start=start, downloaded=amount)


@pytest.mark.parametrize(
    ("pieces", "again"),
    [
        ([(0, 10), (10, 5)], 0),
        ([(0, 10), (0, 10)], 10),
        ([(10, 10), (0, 12)], 2),
        ([(0, 10), (2, 3), (9, 5)], 4),
        ([(0, 10), (0, 5), (5, 5)], 10),
        ([(20, 5), (0, 5)], 0),
    ],
)
def test_bytes_that_pass_twice(pieces: list[tuple[int, int]], again: int) -> None:
    seen = [got(*piece) for piece in pieces]
    assert fetched_again(seen) == again
    assert fetched(seen) == sum(amount for _, amount in pieces)


def test_another_blob_and_a_manifest_are_no_repetition() -> None:
    other = BLOB.replace("a" * 64, "b" * 64)
    assert fetched_again([got(0, 10), got(0, 10, other), got(0, 9, "/v2/m/manifests/1"), got(0, 9)]) == 9
    assert fetched_again([got(0, 10), got(0, 10, f"{BLOB}?signed=1")]) == 10


def test_bytes_that_are_sent_twice() -> None:
    targets = {"POST": "/v2/m/blobs/uploads/", "PUT": "/v2/m/blobs/uploads/7?digest=sha256%3Aa"}
    seen = [Exchange(method=method, target=target, uploaded=10) for method, target in targets.items()]
    seen.append(Exchange(method="PUT", target="/v2/m/manifests/1", uploaded=500))
    assert sent(seen) == 20
    assert sent_again(seen, 15) == 5
    assert sent_again(seen, 100) == 0


def case(name: str, verb: str = "pull") -> Case:
    (found,) = (each for each in cases(90 << 20, "other:1") if each.name == name and each.verb == verb)
    return found


@pytest.mark.parametrize(
    ("name", "succeeded", "visible", "wrong"),
    [
        ("clean", True, "whole", ""),
        ("clean", False, "nothing", "gave up"),
        ("clean", True, "nothing", "says that it succeeded, and it did not"),
        ("clean", True, "wrong", "wrong bytes are visible"),
        ("503 always", False, "nothing", ""),
        ("503 always", True, "whole", "says that it succeeded"),
        ("503 always", False, "whole", "left the name there after it failed"),
        ("a longer body", True, "whole", ""),
        ("a longer body", False, "nothing", ""),
        ("429 with Retry-After", True, "whole", "came back before the 2 s of Retry-After"),
    ],
)
def test_what_is_right(name: str, succeeded: bool, visible: Visible, wrong: str) -> None:  # noqa: FBT001 - a parameter of the test
    outcome = Outcome(succeeded=succeeded, seconds=1, visible=visible)
    assert judge(case(name), outcome, [], [], 0).wrong[:1] == ((wrong,) if wrong else ())


def test_what_takes_too_much_is_wrong() -> None:
    done = Outcome(succeeded=True, seconds=61, visible="whole")
    seen = [got(0, 90 << 20)] * 2 + [got(0, 0)] * 200
    leaked = [Exchange(method="GET", target=BLOB, credentials="Bearer x")]
    assert judge(case("clean"), done, seen, leaked, 0).wrong == (
        "no end within 60 s",
        "a storm of 203 requests",
        "94 MB passed again",
        "credentials went to another host",
    )


def test_the_cases_have_names_of_their_own() -> None:
    names = [(each.verb, each.name) for each in cases(1 << 20, "other:1")]
    assert len(set(names)) == len(names)
    compared = [each.verb for each in cases(1 << 20, "other:1") if each.compared]
    assert (compared.count("pull"), compared.count("push")) == (16, 6)
