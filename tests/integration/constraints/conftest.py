"""The vocabulary of a real model, without its weights. Skipped by name where there is no engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.llama.bind import bind
from olbuild.llama.find import find
from olbuild.llama.version import FIX
from olbuild.running.constraints.maker import Constraints
from olbuild.running.engine.vocabulary import Vocabulary


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def vocabulary(smollm2: Path) -> Iterator[Vocabulary]:
    if find() is None:
        pytest.skip(f"llama-cpp-python is missing; {FIX}")
    llama = bind()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(bytes(smollm2), parameters)
    yield Vocabulary(llama, llama.llama_model_get_vocab(model))
    llama.llama_model_free(model)


@pytest.fixture(scope="session")
def constraints(vocabulary: Vocabulary) -> Constraints:
    return Constraints(vocabulary)
