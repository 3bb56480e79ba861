"""Whether a client did the right thing: what came of it, how long it took, and what passed the proxies."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from olbuild.core.records import Frozen
from olbuild.testing.faults.cases import Case
from olbuild.testing.faults.measures import Exchange, fetched_again, sent_again

MOST_SECONDS = 60.0
"""Within which a client comes to an end, right or wrong."""

MOST_REQUESTS = 150
"""More of them in one case are a storm."""

_DIGEST = re.compile(r"[0-9a-f]{64}")

Visible: TypeAlias = Literal["whole", "nothing", "wrong"]
"""What is at the destination: the artifact under its name, no such name, or bytes that are not what they say."""


class Outcome(Frozen, kw_only=True):
    """What came of one command: whether it said that it succeeded, seconds, and what is visible then."""

    succeeded: bool
    seconds: float
    visible: Visible
    said: str = ""


class Verdict(Frozen, kw_only=True):
    """What was measured in a case; ``wrong`` says what was wrong, and is empty where all was right."""

    case: Case
    outcome: Outcome
    requests: int
    again: int
    wrong: tuple[str, ...]


def judge(case: Case, outcome: Outcome, seen: Sequence[Exchange], elsewhere: Sequence[Exchange], size: int) -> Verdict:
    """Measure what a client did.

    Args:
        case: the situation.
        outcome: what the client made of it.
        seen: what passed the proxy before the registry.
        elsewhere: what passed the second host.
        size: of all blobs of the artifact, in bytes.
    """
    everything = [*seen, *elsewhere]
    again = fetched_again(everything) if case.verb == "pull" else sent_again(seen, size)
    verdict = Verdict(case=case, outcome=outcome, requests=len(everything), again=again, wrong=())
    wrong = [*_wrong(verdict)]
    if any(each.credentials for each in elsewhere):
        wrong.append("credentials went to another host")
    return Verdict(case=case, outcome=outcome, requests=len(everything), again=again, wrong=tuple(wrong))


def _wrong(verdict: Verdict) -> Iterator[str]:
    case, outcome = verdict.case, verdict.outcome
    if outcome.visible == "wrong":
        yield "wrong bytes are visible"
    if outcome.seconds >= MOST_SECONDS:
        yield f"no end within {MOST_SECONDS:.0f} s"
    elif outcome.succeeded and outcome.visible != "whole":
        yield "says that it succeeded, and it did not"
    elif case.right == "done" and not outcome.succeeded:
        yield "gave up"
    elif case.right == "ends" and outcome.succeeded:
        yield "says that it succeeded"
    elif not outcome.succeeded and outcome.visible == "whole":
        yield "left the name there after it failed"
    if outcome.seconds < case.least:
        yield f"came back before the {case.least:g} s of Retry-After"
    if verdict.requests > MOST_REQUESTS:
        yield f"a storm of {verdict.requests} requests"
    if verdict.again > case.again:
        yield f"{verdict.again / 1e6:.0f} MB passed again"


def damaged(blobs: Path) -> list[str]:
    """Return the files of a folder ``blobs/sha256`` that do not have the digest that they are named by."""
    wrong = []
    for file in sorted(blobs.iterdir()) if blobs.is_dir() else ():
        if not _DIGEST.fullmatch(file.name):
            continue
        with file.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.name:
                wrong.append(file.name)
    return wrong
