"""What a start of olbuild, or an import of one floor, may load. A fresh interpreter tells."""

import subprocess
import sys

import pytest

HEAVY = {"lark", "oras", "llama_cpp", "numpy", "rich", "typer", "click", "requests", "yaml", "jinja2", "gguf"}

VERSION = """
import sys
from olbuild.cli.main import main
sys.argv = ["olbuild", "version"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def _loaded_by(code: str) -> set[str]:
    code += "\nimport sys\nprint('loaded:', *sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    _, names = finished.stdout.rsplit("loaded:", 1)
    return set(names.split())


def test_version_loads_nothing_heavy() -> None:
    assert _loaded_by(VERSION) & HEAVY == set()


@pytest.mark.parametrize("floor", ["olbuild.storage", "olbuild.running"])
def test_moving_and_serving_artifacts_loads_no_compiler(floor: str) -> None:
    assert "lark" not in _loaded_by(f"import {floor}")


def test_the_server_loads_nothing_that_only_models_and_builds_need() -> None:
    forbidden = HEAVY - {"click"} | {"jsonschema", "opentelemetry"}  # click comes with uvicorn
    assert _loaded_by("import olbuild.serving.server.service") & forbidden == set()
