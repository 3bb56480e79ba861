"""Tests, and what came of them: for a person, for a program, and for a CI server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from olbuild.cli import units
from olbuild.cli.columns import pairs, table
from olbuild.core.errors import UsageError

if TYPE_CHECKING:
    from olbuild.api.trials import Trials
    from olbuild.artifact.bundle import Test
    from olbuild.building.trials import Outcome

_LONGEST = 200  # characters of an answer that are shown; --json and --junit have all of it


def lines_of_tests(tested: Trials, width: int | None) -> list[str]:
    """Return a table of the tests, and below it why each one failed; no lines for no tests."""
    if not tested.outcomes:
        return []
    rows = [(each.label, each.verdict, _time(each)) for each in tested.outcomes]
    lines = table(("TEST", "RESULT", "TIME"), rows, width)
    if tested.failed:
        lines += ["", *pairs([("FAILED", "WHY"), *(row for each in tested.failed for row in _why(each))], width)]
    return lines


def summary(tested: Trials) -> str:
    """Say in a line how many tests there were and how many failed."""
    if not tested.outcomes:
        return f"tested: {tested.name} has no tests; TEST in a Modelfile adds one"
    count, failed = len(tested.outcomes), len(tested.failed)
    skipped = sum(each.verdict == "not run" for each in tested.outcomes)
    parts = [f"{count} test{'s' if count > 1 else ''}", f"{failed} failed" if failed else "all passed"]
    return f"tested: {', '.join([*parts, *([f'{skipped} not run'] if skipped else [])])}"


def document_of_tests(tested: Trials) -> dict[str, object]:
    """Return everything as a JSON document."""
    return {
        "name": tested.name,
        "digest": str(tested.digest),
        "passed": tested.passed,
        "tests": [
            {
                "name": each.test.name,
                "prompt": each.test.prompt,
                "result": each.verdict,
                "seconds": round(each.seconds, 3),
                "reasons": list(each.reasons),
                "answer": each.answer,
                "tokens": each.tokens,
                "cut": each.cut,
            }
            for each in tested.outcomes
        ],
    }


def require_folder_of(path: str | None) -> None:
    """Refuse a file that cannot be written because its folder is missing, before the work begins.

    Raises:
        UsageError: if it is missing, or the file is a folder.
    """
    if path is not None and Path(path).is_dir():
        raise UsageError(f"{path} is a folder, and a file is to be written")
    if path is not None and not Path(path).absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {path}")


def write_junit(path: str, tested: Trials) -> None:
    """Write a report for a CI server."""
    from olbuild.core.report import Case, Suite, junit_xml

    cases = tuple(
        Case(
            name=each.label,
            group=tested.name,
            failure="; ".join(each.reasons) if each.reasons else None,
            detail="\n".join([*each.reasons, "", "prompt:", each.test.prompt, "", "answer:", each.answer]),
            skipped="a test before it failed" if each.verdict == "not run" else None,
            seconds=each.seconds,
        )
        for each in tested.outcomes
    )
    Path(path).write_text(junit_xml([Suite(name=tested.name, cases=cases)], "olbuild test") + "\n", "utf-8")


def _time(outcome: Outcome) -> str:
    return units.duration(outcome.seconds) if outcome.verdict != "not run" else ""


def _why(outcome: Outcome) -> list[tuple[str, str]]:
    """Return rows: the reasons, and the answer if there was one."""
    rows = [(outcome.label if index == 0 else "", reason) for index, reason in enumerate(outcome.reasons)]
    line = " ".join(outcome.answer.split())
    cut = f", cut after {outcome.tokens} tokens" if outcome.cut else ""
    if len(line) > _LONGEST:
        line, cut = f"{line[:_LONGEST]}…", f", {len(outcome.answer)} characters{cut}"
    return [*rows, ("", f"(answer{cut}: {line or 'nothing'})")]


def test_document(test: Test) -> dict[str, object]:
    """Return a test as JSON."""
    return {
        "prompt": test.prompt,
        "name": test.name,
        "contains": list(test.contains),
        "not_contains": list(test.not_contains),
        "matches": list(test.matches),
        "json_schema": test.json_schema,
        "max_tokens": test.max_tokens,
    }
