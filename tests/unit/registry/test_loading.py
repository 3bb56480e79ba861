"""Who moves nothing to or from a registry does not load the client: it takes a third of a second."""

import subprocess
import sys


def test_the_storage_floor_loads_no_client() -> None:
    code = "import olbuild.storage, olbuild.storage.copy, olbuild.storage.memory, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"oras", "requests", "urllib3", "ssl"} & set(done.stdout.split())
