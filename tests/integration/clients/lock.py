"""Writes the whole list of what pip installs for a group of clients: ``python lock.py GROUP...``.

``requirements/GROUP.in`` says what is wanted, ``requirements/GROUP.txt`` becomes what that takes, with versions. pip
has then nothing to find out when it installs, which is most of its work, and everybody tests with the same clients.
"""

import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"

for group in sys.argv[1:]:
    wanted = REQUIREMENTS / f"{group}.in"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--report", "-", "--requirement", str(wanted)]
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)["install"]
    lines = sorted(f"{each['metadata']['name']}=={each['metadata']['version']}".lower() for each in found)
    (REQUIREMENTS / f"{group}.txt").write_text(
        "\n".join(["# Made by lock.py: what GROUP.in takes.".replace("GROUP", group), *lines, ""])
    )
