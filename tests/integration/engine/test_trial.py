"""`olbuild engine check` tells whether the engine that is installed works."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from olbuild.core.errors import EngineError
from olbuild.llama.trial import try_engine
from olbuild.llama.version import MEND
from olbuild.testing.runnable import write_runnable_model
from tests.tools import ROOT


def test_the_engine_works(tmp_path: Path) -> None:
    (trial, *others) = try_engine(write_runnable_model(tmp_path / "model.gguf"))
    assert (trial.device, trial.failed) == ("CPU", "")
    assert trial.seconds > 0
    assert [other.failed for other in others] == [""] * len(others)


def test_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    trial = try_engine(tmp_path / "model.gguf")[0]
    assert trial.failed.startswith("it cannot load a model")


def test_an_engine_that_ends_its_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    with pytest.raises(EngineError, match="the process of the engine ended with signal 4") as caught:
        try_engine(tmp_path / "model.gguf")
    assert caught.value.hint == f"it was made for another processor; {MEND}"


def test_the_command(hermetic_environment: Path) -> None:
    del hermetic_environment
    finished = subprocess.run(
        [sys.executable, "-m", "olbuild", "engine", "check", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert json.loads(finished.stdout)["trials"][0]["device"] == "CPU"
