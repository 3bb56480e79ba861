"""The extension for VS Code packs, and holds what it needs."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from olbuild import __version__
from olbuild.editor.generated.files import FILES
from tests.integration.editor.node import install
from tests.tools import ROOT, require_program

EXTENSION = ROOT / "editors" / "vscode"
MANIFEST = json.loads((EXTENSION / "package.json").read_text())


def test_the_manifest_names_files_that_are_there() -> None:
    contributes = MANIFEST["contributes"]
    named = [MANIFEST["main"], *(each["path"] for each in contributes["grammars"])]
    named += [each["configuration"] for each in contributes["languages"]]
    assert all((EXTENSION / name).is_file() for name in named)
    assert (
        contributes["grammars"][0]["scopeName"]
        == json.loads(FILES["editors/vscode/syntaxes/modelfile.tmLanguage.json"]())["scopeName"]
    )
    json.loads((EXTENSION / "language-configuration.json").read_text())


def test_the_licence_is_that_of_olbuild() -> None:
    assert (EXTENSION / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_version_is_that_of_olbuild() -> None:
    assert MANIFEST["version"] == __version__.partition(".dev")[0]


@pytest.mark.integration
def test_the_extension_packs(tmp_path: Path) -> None:
    npm, node = require_program("npm"), require_program("node")
    folder = tmp_path / "vscode"
    shutil.copytree(EXTENSION, folder, ignore=shutil.ignore_patterns("node_modules", "*.vsix"))
    install(npm, folder)
    vsce = folder / "node_modules" / ".bin" / "vsce"
    command = [str(node), str(vsce.resolve()), "package", "--allow-missing-repository", "--out", "out.vsix"]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert finished.returncode == 0, finished.stderr
    with zipfile.ZipFile(folder / "out.vsix") as package:
        names = set(package.namelist())
    assert {"extension/extension.js", "extension/syntaxes/modelfile.tmLanguage.json"} <= names
    assert any(name.startswith("extension/node_modules/vscode-languageclient/") for name in names)
    assert not any("node_modules/@vscode" in name for name in names)
