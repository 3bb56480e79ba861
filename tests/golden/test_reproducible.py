"""The same inputs give the same digest: on another path, day, user, umask, locale and Python.

The digest is written here, so every Python that runs this file must find the same one. It changes only with the format
(``registry-spec``), and then on purpose.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from olbuild.testing.models import adapter_bytes, model_bytes
from tests.command import olbuild

DIGEST = "sha256:4c6c66832394b9d9884d13987c2a37f057f0bbb4e222a032131231c6c4726642"

MODELFILE = """\
FROM ./weights.bin
ADAPTER ./lora
TEMPLATE \"\"\"{{ .System }} {{ .Prompt }}\"\"\"
SYSTEM Ä system ☃ text.
PARAMETER temperature 0.7
PARAMETER top_p 0.95
PARAMETER repeat_penalty 1
PARAMETER stop <|a|>
PARAMETER stop <|b|>
LICENSE MIT
LICENSE Apache-2.0
MESSAGE user hi
MESSAGE assistant hello
REQUIRES 0.1
"""

# Builds once as whoever runs it, so that everything is imported; then as nobody, who can read none of those files.
AS_NOBODY = """
import os, sys
from olbuild.cli.main import main
folder, first, second = sys.argv[1:]
build = ["build", "--quiet", "--progress", "none", folder, "--home"]
assert main([*build, first]) == 0
sys.stdout.flush()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
raise SystemExit(main([*build, second]))
"""

# The clock of another day, for whatever asks it.
ANOTHER_DAY = """
import datetime, sys, time
real, ns = time.time, time.time_ns
time.time, time.time_ns = lambda: real() + 1e8, lambda: ns() + 10**17
from olbuild.cli.main import main
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "here")


def write(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "weights.bin").write_bytes(model_bytes())
    (folder / "lora").write_bytes(adapter_bytes())
    (folder / "Modelfile").write_text(MODELFILE, "utf-8")
    return folder


def build(folder: Path, **environment: str) -> str:
    return olbuild("build", "-q", folder, environment=environment).stdout.strip()


def test_here(folder: Path) -> None:
    assert build(folder) == DIGEST


def test_on_another_path(tmp_path: Path) -> None:
    assert build(write(tmp_path / "else where" / "ö")) == DIGEST


def test_with_other_names_and_times_of_files(folder: Path) -> None:
    (folder / "weights.bin").rename(folder / "renamed.gguf")
    (folder / "Modelfile").write_text(MODELFILE.replace("weights.bin", "renamed.gguf").replace("FROM", "from"), "utf-8")
    os.utime(folder / "renamed.gguf", (0, 0))
    os.utime(folder / "lora", (1, 4e9))
    assert build(folder) == DIGEST


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777 - 0o700])
def test_with_another_umask(folder: Path, umask: int) -> None:
    assert olbuild("build", "-q", folder, umask=umask).stdout.strip() == DIGEST


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "tr_TR.UTF-8", "POSIX"])
def test_in_another_locale_and_zone(folder: Path, locale: str) -> None:
    assert build(folder, LC_ALL=locale, LANG=locale, TZ="Pacific/Kiritimati", PYTHONHASHSEED="7") == DIGEST


def test_on_another_day(folder: Path) -> None:
    script = [sys.executable, "-c", ANOTHER_DAY, "build", "-q", str(folder)]
    assert subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip() == DIGEST


def test_as_another_user(folder: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path(parent.anchor):
            parent.chmod(parent.stat().st_mode | 0o055)
    script = [sys.executable, "-c", AS_NOBODY, str(folder), str(tmp_path / "mine"), str(theirs / "home")]
    home = {**os.environ, "HOME": str(theirs)}
    finished = subprocess.run(script, env=home, check=False, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split() == [DIGEST, DIGEST]
    assert (theirs / "home" / "store" / "index.json").stat().st_uid == 65534


def test_source_date_epoch_is_the_only_time(folder: Path) -> None:
    dated = build(folder, SOURCE_DATE_EPOCH="1700000000")
    assert dated != DIGEST
    assert build(folder, SOURCE_DATE_EPOCH="1700000000", TZ="Asia/Tokyo") == dated
