"""How long threads wait for each other."""

import os
from pathlib import Path

import pytest

from olbuild.llama.barriers import barriers


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)


def _root(folder: Path, text: str | None) -> Path:
    (folder / "proc").mkdir()
    if text is not None:
        (folder / "proc/loadavg").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "spins"),
    [
        ("9.99 0.50 0.10 1/180 4711\n", None),  # what was is over
        ("0.10 0.50 0.10 4/180 4711\n", None),
        ("0.10 0.50 0.10 5/180 4711\n", "300"),
        ("0.10 0.50 0.10 60/180 4711\n", "300"),
        ("nothing", None),
        ("0.1 0.1 0.1 x/y 1", None),
        (None, None),
    ],
)
def test_where_others_want_all_cores_threads_wait_only_shortly(tmp_path: Path, text: str, spins: str | None) -> None:
    with barriers(_root(tmp_path, text)):
        assert os.environ.get("GOMP_SPINCOUNT") == spins
    assert "GOMP_SPINCOUNT" not in os.environ


@pytest.mark.parametrize(("name", "value"), [("GOMP_SPINCOUNT", "77"), ("OMP_WAIT_POLICY", "active")])
def test_what_the_environment_says_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with barriers(_root(tmp_path, "0.10 0.50 0.10 60/180 4711\n")):
        assert os.environ.get("GOMP_SPINCOUNT") == (value if name == "GOMP_SPINCOUNT" else None)
