"""Memory, image layout and local store keep the one contract of targets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from olbuild.storage.memory import MemoryTarget
from olbuild.storage.ports import Target
from olbuild.storage.store import Layout, Store
from olbuild.testing.targets import CHECKS, Check

TARGETS: dict[str, Callable[[Path], Target]] = {
    "memory": lambda _folder: MemoryTarget(),
    "layout": lambda folder: Layout(folder / "layout"),
    "store": lambda folder: Store.open(folder / "home"),
}


@pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS.keys())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_target_conforms(make: Callable[[Path], Target], check: Check, tmp_path: Path) -> None:
    check(make(tmp_path))
