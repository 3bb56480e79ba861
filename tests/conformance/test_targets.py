"""Memory, image layout, local store and archive keep the one contract of targets."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from olbuild.storage.archive import ArchiveFile
from olbuild.storage.memory import MemoryTarget
from olbuild.storage.ports import Target
from olbuild.storage.store import Layout, Store
from olbuild.testing.targets import CHECKS, Check

TARGETS: dict[str, Callable[[Path], AbstractContextManager[Target]]] = {
    "memory": lambda _folder: nullcontext(MemoryTarget()),
    "layout": lambda folder: nullcontext(Layout(folder / "layout")),
    "store": lambda folder: nullcontext(Store.open(folder / "home")),
    "archive": lambda folder: ArchiveFile.create(folder / "archive.tar"),
}


@pytest.mark.parametrize("make", TARGETS.values(), ids=TARGETS.keys())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_target_conforms(make: Callable[[Path], AbstractContextManager[Target]], check: Check, tmp_path: Path) -> None:
    with make(tmp_path) as target:
        check(target)
