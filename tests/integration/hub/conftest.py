"""olbuild's registry, over a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.storage.store import Store
from olbuild.testing.hub import hub


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return the folder of the store that is served."""
    return tmp_path / "served"


@pytest.fixture
def store(home: Path) -> Store:
    """Return the store that is served."""
    return Store.open(home)


@pytest.fixture
def host(home: Path) -> Iterator[str]:
    """Return where a registry listens that lets everybody do everything."""
    with hub(home) as address:
        yield address
