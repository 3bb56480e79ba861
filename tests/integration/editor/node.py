"""Programs of npm, installed once into the cache folder."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.tools import CACHE, require_program


def node_packages(name: str, packages: dict[str, str]) -> Path:
    """Return a folder with ``node_modules`` of exact versions, or skip if npm cannot get them."""
    npm = require_program("npm")
    require_program("node")
    folder = CACHE / "npm" / f"{name}-{'-'.join(packages.values())}"
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(json.dumps({"private": True, "dependencies": packages}))
        install(npm, folder)
        done.touch()
    return folder


def install(npm: Path, folder: Path) -> None:
    """Run ``npm install`` in a folder, or skip if the packages cannot be got."""
    command = [str(npm), "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if finished.returncode != 0:
        pytest.skip(f"npm cannot install the packages: {finished.stderr.strip()[-200:]}")
