"""Build, push, pull and convert take little memory, however large the weights are."""

from pathlib import Path

import pytest

from benchmarks.measure import peak_memory_mb
from olbuild.testing.models import write_large_model
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

LIMIT_MB = 100


@pytest.mark.integration
def test_half_a_gigabyte(tmp_path: Path) -> None:
    require_program("docker-registry")
    write_large_model(tmp_path / "m.gguf", 512 << 20)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    with docker_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/me/big:1.0"
        for command in (["build", "-t", name, str(tmp_path)], ["push", name], ["pull", name]):
            if command[0] == "pull":
                olbuild("rm", name)
            assert peak_memory_mb([str(OLBUILD), *command]) < LIMIT_MB, command[0]
        for command in (
            ["convert", name, "--profile", "modelcar", "-t", "me/car"],
            ["convert", "me/car", "--profile", "modelpack", "-t", "me/back"],
            ["push", "--profile", "modelcar", name, f"oci:{tmp_path / 'layout'}"],
        ):
            assert peak_memory_mb([str(OLBUILD), *command]) < LIMIT_MB, command
