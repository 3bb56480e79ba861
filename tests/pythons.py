"""Print the oldest and the newest supported Python here, as `version=path`, without the version that runs this.

`make test` runs the whole suite on its own Python and the quick one on these.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_MINOR = 11
NEWEST_MINOR = 14


def find(minor: int) -> str | None:
    """Return a Python 3.`minor` that really starts: a version manager puts names on PATH that only print an error."""
    name = f"python3.{minor}"
    managed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [shutil.which(name), *map(str, sorted(managed.glob(f"3.{minor}.*/bin/{name}")))]
    return next((path for path in candidates if path and _starts(path)), None)


def _starts(path: str) -> bool:
    return subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    installed = {minor: path for minor in range(OLDEST_MINOR, NEWEST_MINOR + 1) if (path := find(minor))}
    for minor in sorted({min(installed), max(installed)} - {sys.version_info.minor} if installed else ()):
        print(f"3.{minor}={installed[minor]}")
