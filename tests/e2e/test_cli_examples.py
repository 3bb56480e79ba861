"""Every example of every --help works, one after the other, against a registry that stands for ghcr.io."""

import os
import subprocess
from pathlib import Path

import pytest

from olbuild.cli.help import examples_of
from olbuild.cli.parse import make_command
from olbuild.cli.table import COMMANDS
from olbuild.testing.registry import docker_registry
from tests.command import OLBUILD, olbuild
from tests.tools import require_program

MODELFILE = "FROM ./model.gguf\nPARAMETER temperature 0\nPARAMETER num_predict 8\n"


@pytest.mark.integration
def test_examples(smollm2: Path, minilm: Path, tmp_path: Path, hermetic_environment: Path) -> None:
    require_program("docker-registry")
    (tmp_path / "model.gguf").symlink_to(smollm2)
    (tmp_path / "embedder.gguf").symlink_to(minilm)
    (tmp_path / "Modelfile").write_text(MODELFILE)
    (tmp_path / "talk.json").write_text('[{"role": "user", "content": "Hi"}]')
    (tmp_path / "tools.json").write_text("[]")
    (tmp_path / "chat.jinja").write_text("{% for message in messages %}{{ message.content }}{% endfor %}")
    (hermetic_environment / ".config" / "fish" / "completions").mkdir(parents=True)
    environment = {**os.environ, "PATH": f"{OLBUILD.parent}{os.pathsep}{os.environ['PATH']}", "TOKEN": "secret"}
    with docker_registry(tmp_path / "registry") as registry:
        for entry in COMMANDS:
            if entry.name in {"lsp", "registry serve", "serve", "ps", "stop"}:
                continue  # they go on until they are stopped, or need one that does: tests/integration
            for example in examples_of(make_command(entry).help or ""):
                command = example.replace("ghcr.io", registry.host)
                finished = subprocess.run(
                    ["bash", "-eo", "pipefail", "-c", command],
                    cwd=tmp_path,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                assert finished.returncode == 0, f"{command}\n{finished.stderr}"
            if entry.name == "build":
                olbuild("build", "-t", "me/embedder", "-f", "-", ".", stdin="FROM ./embedder.gguf", cwd=tmp_path)
                olbuild("tag", "me/assistant", f"{registry.host}/me/assistant", "me/other:v1")
