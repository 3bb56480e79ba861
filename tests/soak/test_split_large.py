"""Weights beyond the limit of a registry travel in parts, within bounds of memory: 10 GiB, most of it a hole."""

import os
import shutil
import time
from pathlib import Path

import pytest

from benchmarks.measure import peak_memory_mb
from olbuild.artifact.splitting import DEFAULT_LIMIT
from olbuild.testing.gguf import TensorSpec, write_sparse_gguf
from olbuild.testing.models import model_metadata
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

LIMIT_MB = 100
GIB = 1 << 30


def write_model(path: Path, size: int) -> None:
    """Write a real header and one huge tensor of zeros."""
    write_sparse_gguf(path, model_metadata(), [TensorSpec("blk.0.ffn_up.weight", (4096, size // 8192), "F16")])


@pytest.mark.integration
@pytest.mark.parametrize(
    ("size", "limit"),
    [(96 << 20, str(40 << 20)), pytest.param(10 * GIB, "auto", marks=pytest.mark.soak)],
    ids=["96 MiB", "10 GiB"],
)
def test_large_weights_travel_in_parts(size: int, limit: str, tmp_path: Path) -> None:
    require_program("docker-registry")
    needed = 2 * size + GIB  # in the registry, and where it is pulled to
    if shutil.disk_usage(tmp_path).free < needed:
        pytest.skip(f"{needed / GIB:.0f} GiB of free disk are missing")
    assert size <= 1 * GIB or size > DEFAULT_LIMIT
    write_model(tmp_path / "m.gguf", size)
    (tmp_path / "Modelfile").write_text("FROM ./m.gguf\n")
    elsewhere = {**os.environ, "OLBUILD_HOME": str(tmp_path / "elsewhere")}
    with docker_registry(tmp_path / "registry") as registry:
        name = f"{registry.host}/me/large:1"
        run(["build", "--link", "-t", name, str(tmp_path)])
        run(["push", "--split", limit, name])
        run(["push", "--split", limit, name])
        run(["pull", name], elsewhere)
        run(["store", "verify"], elsewhere)
    here, there = (olbuild("ls", "--json", environment=each).stdout for each in ({}, elsewhere))
    assert here == there
    (pulled,) = (path for path in (tmp_path / "elsewhere" / "store" / "blobs" / "sha256").iterdir() if large(path))
    assert pulled.stat().st_size == (tmp_path / "m.gguf").stat().st_size
    for folder in ("elsewhere", "registry"):
        shutil.rmtree(tmp_path / folder)  # pytest keeps the folders of the last runs


def large(path: Path) -> bool:
    return path.stat().st_size > 1 << 20


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command within bounds of memory, and print what it took."""
    started = time.monotonic()
    memory = peak_memory_mb([str(OLBUILD), *command], environment)
    print(f"{command[0]:<6} {time.monotonic() - started:7.1f} s {memory:7.1f} MB")
    assert memory < LIMIT_MB
