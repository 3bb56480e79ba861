"""What is shown of tests, whatever the model answered."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from olbuild.api.trials import Trials
from olbuild.artifact.bundle import Test
from olbuild.building.trials import Outcome
from olbuild.cli.trials import document_of_tests, lines_of_tests, require_folder_of, summary, write_junit
from olbuild.core.errors import UsageError
from olbuild.core.names import Digest

HOSTILE = "\x1b[2J\x00\x07\x9b31m\u202e]]></failure>\ud83d\ufffe\r\n& \"'<b>"


def outcome(verdict: str = "failed", answer: str = HOSTILE, label: str = "a") -> Outcome:
    reasons = (f"bad {HOSTILE}",) if verdict == "failed" else ()
    return Outcome(
        test=Test(prompt=f"prompt {HOSTILE}", name=label),
        label=label,
        verdict=verdict,  # type: ignore[arg-type]
        reasons=reasons,
        answer=answer,
        seconds=1.25,
        tokens=7,
        cut=True,
    )


def ran(*outcomes: Outcome) -> Trials:
    return Trials(name="me/a", digest=Digest.of(b"x"), outcomes=outcomes)


@pytest.mark.parametrize("width", [None, 200, 80, 40, 10])
def test_no_line_has_a_control_character(width: int | None) -> None:
    lines = lines_of_tests(ran(outcome(), outcome("passed", label=HOSTILE), outcome("not run")), width)
    assert len(lines) > 6
    assert not [line for line in lines if re.search("[\x00-\x1f\x7f-\x9f\u202e\ud83d]", line)]


def test_a_report_is_well_formed_whatever_was_answered(tmp_path: Path) -> None:
    write_junit(str(tmp_path / "a.xml"), ran(outcome(), outcome("passed"), outcome("not run")))
    suite = ET.fromstring((tmp_path / "a.xml").read_text("utf-8"))[0]  # noqa: S314 - of our own making
    assert suite.attrib == {"name": "me/a", "tests": "3", "failures": "1", "errors": "0", "skipped": "1"}
    assert [[child.tag for child in case] for case in suite] == [["failure"], [], ["skipped"]]
    failure = suite[0][0]
    assert "]]></failure>" in (failure.text or "")
    assert "&" in failure.attrib["message"]
    assert suite[0].attrib["time"] == "1.250"


def test_a_long_answer_is_shortened_for_people_only() -> None:
    one = ran(outcome(answer="word " * 1000))
    (line,) = [line for line in lines_of_tests(one, None) if "(answer" in line]
    assert len(line) < 300
    assert "5000 characters, cut after 7 tokens" in line
    assert document_of_tests(one)["tests"][0]["answer"] == "word " * 1000  # type: ignore[index]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "tested: me/a has no tests; TEST in a Modelfile adds one"),
        ((outcome("passed"),), "tested: 1 test, all passed"),
        ((outcome("passed"), outcome(), outcome("not run")), "tested: 3 tests, 1 failed, 1 not run"),
    ],
)
def test_a_summary(outcomes: tuple[Outcome, ...], said: str) -> None:
    assert summary(ran(*outcomes)) == said
    assert ran(*outcomes).passed == (len(outcomes) < 2)
    assert (lines_of_tests(ran(*outcomes), None) == []) == (not outcomes)


def test_a_report_without_a_folder_is_refused(tmp_path: Path) -> None:
    require_folder_of(None)
    require_folder_of(str(tmp_path / "report.xml"))
    for path, reason in ((tmp_path / "no" / "x", "there is no folder"), (tmp_path, "is a folder, and a file")):
        with pytest.raises(UsageError, match=reason):
            require_folder_of(str(path))
