"""Print ``N agree, M differ`` and every difference. Exit 0 only if all agree, 2 for a file that cannot be used."""

from __future__ import annotations

import sys
from pathlib import Path

from olbuild.core.errors import OlbuildError, UsageError
from olbuild.testing.conformance.kinds import Verdict, judge

_USAGE = "usage: python -m olbuild.testing.conformance FILE.jsonl"


def main(arguments: list[str]) -> int:
    """Judge one file and return the exit code."""
    if len(arguments) != 1:
        sys.stderr.write(f"{_USAGE}\n")
        return UsageError.exit_code
    try:
        verdict = _judge(Path(arguments[0]))
    except OlbuildError as error:
        sys.stderr.write(f"error: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    sys.stdout.write(f"{verdict.agree} agree, {len(verdict.differences)} differ\n")
    for difference in verdict.differences:
        sys.stdout.write(f"{difference.id}: {difference.what}\n")
    return 1 if verdict.differences else 0


def _judge(path: Path) -> Verdict:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            return judge(file)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8: {error.reason}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
