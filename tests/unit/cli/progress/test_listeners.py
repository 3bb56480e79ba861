"""The four ways to see progress."""

import io
import json
import re
import threading
from typing import cast

import pytest

from olbuild.cli.errors import Failure
from olbuild.cli.progress import Silent, choose
from olbuild.cli.progress.bars import Bars
from olbuild.cli.progress.lines import PlainLines
from olbuild.cli.progress.objects import JsonLines
from olbuild.core.events import Advanced, Event, Finished, Outcome, Said, Started

HOSTILE = "evil\x1b[2J\rname"
EVENTS: tuple[Event, ...] = (
    Said(text="looking\x1b[31m up"),
    Started(id="c", label="config", total=1200),
    Finished(id="c", outcome="exists"),
    Started(id="w", label=HOSTILE, total=100_000_000),
    Advanced(id="w", amount=50_000_000),
    Said(text="slow", level="warning"),
    Finished(id="w"),
    Started(id="f", label="last", total=10),
    Finished(id="f", outcome="failed"),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("how", "stream", "kind"),
    [
        ("auto", io.StringIO(), PlainLines),
        ("auto", Terminal(), Bars),
        ("plain", Terminal(), PlainLines),
        ("json", Terminal(), JsonLines),
        ("none", Terminal(), Silent),
        ("auto", None, Silent),
    ],
)
def test_choice(how: str, stream: io.StringIO | None, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert type(choose(how, stream)) is kind


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(choose("auto", Terminal()), PlainLines)


def test_plain_lines() -> None:
    stream = io.StringIO()
    listener = PlainLines(stream)
    for event in EVENTS:
        listener(event)
    lines = stream.getvalue().splitlines()
    mark = "\N{REPLACEMENT CHARACTER}"
    assert lines[:3] == [f"looking{mark}[31m up", "config: already there", f"evil{mark}[2J{mark}name: 100 MB"]
    assert lines[3] == "warning: slow"
    assert lines[4].startswith(f"evil{mark}[2J{mark}name: 100 MB in ")
    assert lines[5:] == ["last: stopped at 0 B"]


def test_plain_lines_come_at_tenths_and_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr("time.monotonic", lambda: next(clock) / 10)
    stream = io.StringIO()
    listener = PlainLines(stream)
    listener(Started(id="w", label="w", total=1_000_000_000))
    for _ in range(400):
        listener(Advanced(id="w", amount=2_500_000))
    listener(Finished(id="w"))
    middle = stream.getvalue().splitlines()[1:-1]
    assert [line.split()[1] for line in middle] == [str(tenth * 10) for tenth in range(1, 10)]


def test_a_warning_that_is_a_drawing_says_so_once() -> None:
    stream = io.StringIO()
    drawn = "Modelfile:1:1: warning[OLB301]: odd\n  1 | FROM x\n    | ^^^^\n  hint: do this"
    PlainLines(stream)(Said(text=drawn, level="warning"))
    assert stream.getvalue() == drawn + "\n"


def test_json_lines() -> None:
    stream = io.StringIO()
    listener = JsonLines(stream)
    for event in EVENTS:
        listener(event)
    assert listener.fail(Failure(text="no", hint=None, exit_code=6))
    documents = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [document["event"] for document in documents] == [
        *("said", "started", "finished", "started", "advanced", "said", "finished", "started", "finished", "failed")
    ]
    assert documents[3] == {"event": "started", "id": "w", "label": HOSTILE, "total": 100_000_000}
    assert documents[6] == {"event": "finished", "id": "w", "outcome": "done", "done": 100_000_000}
    assert documents[-1] == {"event": "failed", "message": "no", "hint": None, "exit_code": 6}


@pytest.mark.parametrize("columns", [10, 40, 80, 200])
def test_bars_leave_lines_behind_and_no_hostile_character(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    bars = Bars(stream)
    for event in EVENTS:
        bars(event)
    bars.close()
    bars.close()
    written = stream.getvalue()
    assert ("─" in written) == (columns > 10)
    assert "\x1b[2J" not in written
    assert not re.search(r"\x1b\[[\d;]*m", written), "NO_COLOR is honoured"
    assert "last: stopped at 0 B\n" in written
    assert written.count("\x1b[?25l") == written.count("\x1b[?25h"), "the cursor is shown again"


def test_bars_can_be_opened_again_after_they_were_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    bars = Bars(stream)
    for key in ("one", "two"):
        bars(Started(id=key, label=key, total=10**9))
        bars.close()
        bars(Finished(id=key))
    bars.close()
    assert "one" in stream.getvalue()
    assert "two" in stream.getvalue()


@pytest.mark.parametrize("kind", [PlainLines, JsonLines, Bars])
def test_events_may_come_from_many_threads(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    listener = kind(stream)

    def work(key: str) -> None:
        listener(Started(id=key, label=key, total=2_000_000))
        for _ in range(200):
            listener(Advanced(id=key, amount=10_000))
        listener(Finished(id=key))

    threads = [threading.Thread(target=work, args=(f"work-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listener.close()
    finished = [line for line in stream.getvalue().splitlines() if "2.00 MB in" in line or '"finished"' in line]
    assert len(finished) == 8


def test_big_work_that_was_done_already_is_one_plain_line() -> None:
    stream = io.StringIO()
    listener = PlainLines(stream)
    for key, outcome in (("there", "exists"), ("cached", "cached")):
        listener(Started(id=key, label=key, total=100_000_000))
        listener(Finished(id=key, outcome=cast("Outcome", outcome)))
    listener(Started(id="moved", label="moved", total=100_000_000))
    listener(Advanced(id="moved", amount=1))
    assert stream.getvalue().splitlines() == ["there: already there", "cached: cached", "moved: 100 MB"]
