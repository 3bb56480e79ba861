"""One idea per file: 300 lines are where a file is split."""

from pathlib import Path

import pytest

from tests.tools import ROOT

LONGEST = 300


@pytest.mark.parametrize("folder", ["olbuild", "tests", "benchmarks", "examples"])
def test_no_file_is_longer_than_300_lines(folder: str) -> None:
    lengths = {_shown(path): len(path.read_text().splitlines()) for path in (ROOT / folder).rglob("*.py")}
    assert {path: length for path, length in lengths.items() if length > LONGEST} == {}


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))
