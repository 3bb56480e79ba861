"""Every code block of README.md and docs/ is executed.

A block's language says how: ``sh`` runs in bash (the blocks of a page one after the other in one folder, in which
``model.gguf`` and ``embedder.gguf`` are real models, and ``$REGISTRY`` a real registry when docker-registry is
installed), ``modelfile`` is parsed, ``json`` and ``yaml`` are read, ``python`` runs. ``text`` is shown and not run.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from olbuild.language.modelfile import parse
from olbuild.testing.registry import docker_registry
from tests.tools import ROOT, require_program

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_KNOWN = {"sh", "modelfile", "json", "yaml", "python", "text"}


@dataclass(frozen=True)
class Block:
    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in _BLOCK.finditer(text):
        yield Block(match[1], match[3], text.count("\n", 0, match.start()) + 1)


@pytest.fixture
def folder(tmp_path: Path, smollm2: Path, minilm: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.gguf").symlink_to(smollm2)
    (tmp_path / "embedder.gguf").symlink_to(minilm)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.mark.integration
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_blocks_of_a_page_run(page: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        if "$REGISTRY" in page.read_text("utf-8"):
            require_program("docker-registry")
            registry = stack.enter_context(docker_registry(folder.with_name("registry")))
            monkeypatch.setenv("REGISTRY", registry.host)
        for block in blocks(page):
            where = f"{page.relative_to(ROOT)}:{block.line}"
            assert block.language in _KNOWN, f"{where}: say in which language the block is"
            run(block, folder, where)


def run(block: Block, folder: Path, where: str) -> None:
    match block.language:
        case "sh":
            shell = ["bash", "-euo", "pipefail", "-c", block.text]
            finished = subprocess.run(
                shell, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            assert finished.returncode == 0, f"{where} exits with {finished.returncode}\n{finished.stderr}"
        case "modelfile":
            parse(block.text, name=where)
        case "json":
            json.loads(block.text)
        case "yaml":
            yaml.safe_load(block.text)
        case "python":
            subprocess.run([sys.executable, "-c", block.text], cwd=folder, check=True)
        case _:
            assert block.text.strip()
