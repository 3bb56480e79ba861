"""Print ``N agree, M differ`` and every difference. Exit 0 only if all agree, 2 for a file that cannot be used.

With ``--http URL`` a server that holds what the file speaks of is asked, and its answers are compared.
With ``--portable`` a file of templates is judged through the portable Jinja2 that olbuild compiles them to: the share
of distinct templates that are portable, and for these a line for each runtime that is here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO, TypeVar

from olbuild.core.errors import OlbuildError, UsageError
from olbuild.testing.conformance.kinds import Difference, decoded, judge, kind_of

_USAGE = "usage: python -m olbuild.testing.conformance [--portable | --http URL] FILE.jsonl"
_Answer = TypeVar("_Answer")


def main(arguments: list[str]) -> int:
    """Judge one file and return the exit code."""
    try:
        match arguments:
            case ["--portable", file]:
                return _portable(Path(file))
            case ["--http", url, file]:
                return _http(url, Path(file))
            case [file] if not file.startswith("-"):
                return _plain(Path(file))
    except OlbuildError as error:
        sys.stderr.write(f"error: {error.message}\n" + (f"hint: {error.hint}\n" if error.hint else ""))
        return error.exit_code
    sys.stderr.write(f"{_USAGE}\n")
    return UsageError.exit_code


def _http(url: str, path: Path) -> int:
    from olbuild.testing.conformance.http import judge_http  # noqa: PLC0415 - for few files

    verdict = _read(path, lambda file: judge_http(file, url))
    sys.stdout.write(f"{verdict.agree} agree, {len(verdict.differences)} differ\n")
    return _list(verdict.differences)


def _plain(path: Path) -> int:
    verdict = _read(path, lambda file: judge(file, path.parent))
    sys.stdout.write(f"{verdict.agree} agree, {len(verdict.differences)} differ\n")
    return _list(verdict.differences)


def _portable(path: Path) -> int:
    from olbuild.testing.conformance import portable  # noqa: PLC0415 - loads jinja2, and looks for engines

    lines = _read(path, lambda file: list(decoded(file)))
    if not lines or kind_of(lines[0]).name != "templates":
        raise UsageError(f"{path}: --portable is for goldens of templates")
    cases = portable.cases(lines)
    here, missing = portable.settings()
    count = sum(case.compiled.portable for case in cases)
    share = f"{count / len(cases):.2%}" if cases else "none"
    sys.stdout.write(f"{count} of {len(cases)} distinct templates are portable ({share})\n")
    for case in cases:
        for reason in case.compiled.reasons:
            sys.stdout.write(f"  {case.lines[0].get('id')}: {reason.construct}: {reason.span.text}\n")
    code = 0
    for setting in here:
        result = portable.judge_portable(cases, setting)
        left_out = f", {result.left_out} left out: {setting.leaves_out}" if result.left_out else ""
        counts = f"{result.same} agree ({result.equal} byte for byte), {len(result.differences)} differ{left_out}"
        sys.stdout.write(f"{setting.name}: {counts}\n")
        sys.stdout.flush()
        code = _list(result.differences) or code
    for each in missing:
        sys.stdout.write(f"{each.name}: not judged: {each.reason}\n")
    return code


def _list(differences: tuple[Difference, ...]) -> int:
    for difference in differences:
        sys.stdout.write(f"{difference.id}: {difference.what}\n")
    return 1 if differences else 0


def _read(path: Path, use: Callable[[TextIO], _Answer]) -> _Answer:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            return use(file)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8: {error.reason}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
