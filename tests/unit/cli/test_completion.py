"""Names for completion, and scripts that know every command and option."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from olbuild.cli.completion import bash, fish, zsh
from olbuild.cli.completion.names import stored_names
from olbuild.cli.completion.words import describe

SCRIPTS = {"bash": bash.script, "fish": fish.script, "zsh": zsh.script}
NAME = "org.opencontainers.image.ref.name"


def write_index(home: Path, document: object) -> None:
    (home / "store").mkdir(parents=True)
    (home / "store" / "index.json").write_text(json.dumps(document))


def test_names_come_from_the_index(tmp_path: Path) -> None:
    names = ["me/b:v1", "me/a:latest", "evil\x1b[2J", "two words"]
    write_index(tmp_path, {"manifests": [{"annotations": {NAME: name}} for name in names] + [{}]})
    assert stored_names(str(tmp_path)) == ["me/a:latest", "me/b:v1"]


@pytest.mark.parametrize(
    "document", [[], {}, {"manifests": 1}, {"manifests": [1]}, {"manifests": [{"annotations": {NAME: [1]}}]}]
)
def test_a_foreign_index_completes_nothing(document: object, tmp_path: Path) -> None:
    write_index(tmp_path, document)
    assert stored_names(str(tmp_path)) == []


def test_without_a_store_nothing_is_completed(tmp_path: Path) -> None:
    assert stored_names(str(tmp_path)) == []


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_knows_every_command_and_option(shell: str) -> None:
    commands = describe()
    script = SCRIPTS[shell](commands)
    for command in commands:
        assert command.words[-1] in script
        for flag in command.flags:
            for name in flag.names:
                assert (f"-l {name.lstrip('-')}" if shell == "fish" and name.startswith("--") else name) in script or (
                    shell == "fish" and f"-s {name.lstrip('-')}" in script
                )


@pytest.mark.parametrize("shell", SCRIPTS)
def test_a_script_is_accepted_by_its_shell(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"the program {shell} is missing")
    script = tmp_path / "script"
    script.write_text(SCRIPTS[shell](describe()))
    checked = subprocess.run([program, "-n", str(script)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
