"""A server over a store with a tiny model called ``smol``, and models that repeat what they are told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from olbuild.api.building import BuildRequest, build
from olbuild.api.workspace import Workspace
from olbuild.core.config import load_config
from olbuild.testing.echoing import EchoManager
from olbuild.testing.models import model_bytes
from olbuild.testing.serving import Served, served

MODELFILE = b'FROM ./tiny.gguf\nTEMPLATE "{{ .Prompt }}"\nSYSTEM Be terse.\nPARAMETER stop <|end|>\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home whose store has ``smol``."""
    (tmp_path / "tiny.gguf").write_bytes(model_bytes())
    workspace = Workspace(load_config({"home": str(tmp_path / "home"), "offline": True}))
    build(workspace, BuildRequest(data=MODELFILE, name="Modelfile", folder=tmp_path), ("smol",))
    return tmp_path / "home"


@pytest.fixture
def manager() -> EchoManager:
    """Return the double of the models."""
    return EchoManager()


@pytest.fixture
def server(home: Path, manager: EchoManager) -> Iterator[Served]:
    """Serve the store."""
    with served(home, manager) as running:
        yield running
