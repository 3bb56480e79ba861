"""A fresh store, and artifacts to put into it."""

from pathlib import Path

import pytest

from olbuild.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store.open(tmp_path / "home")
