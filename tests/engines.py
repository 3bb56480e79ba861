"""What folders of tests share that need a real engine."""

from pathlib import Path

import pytest

from olbuild.llama.find import find
from olbuild.llama.version import FIX


def mark_integration(conftest: str, items: list[pytest.Item]) -> None:
    """Mark every test of the folder that a conftest is in."""
    here = Path(conftest).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session", autouse=True)
def require_engine() -> None:
    """Skip without an engine, wherever this is imported."""
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")
