"""Running olbuild as a person does: the console script, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

OLBUILD = Path(sys.executable).with_name("olbuild")


def olbuild(
    *arguments: str | Path,
    stdin: str | bytes = b"",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    expect: int = 0,
    **options: object,
) -> subprocess.CompletedProcess[str]:
    """Run a command and assert its exit code; what it printed is decoded."""
    finished = subprocess.run(
        [str(OLBUILD), *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    output, errors = finished.stdout.decode(), finished.stderr.decode()
    assert finished.returncode == expect, f"exit {finished.returncode}, expected {expect}\n{output}\n{errors}"
    assert "Traceback" not in errors
    return subprocess.CompletedProcess(finished.args, finished.returncode, output, errors)
