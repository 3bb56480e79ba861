"""olbuild and its peers as commands: pull an artifact from a registry, and push one to it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

OLBUILD = str(Path(sys.executable).with_name("olbuild"))
NAME = "me/model:1.0"
_TAG = NAME.rpartition(":")[2]


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client. ``pull`` makes its command of a host and a folder, ``push`` of a host and an OCI image layout.

    ``blobs`` is where a pull leaves its blobs, in the folder.
    """

    name: str
    program: str
    pull: Callable[[str, Path], list[str]]
    push: Callable[[str, Path], list[str]]
    blobs: str = "blobs/sha256"

    @property
    def missing(self) -> bool:
        """Whether the program is not installed."""
        return shutil.which(self.program) is None


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command went: seconds of wall time and of processor time, and peak memory in 10^6 bytes."""

    code: int
    seconds: float
    processor: float
    peak_mb: float
    said: str = field(repr=False)


def _regctl(host: str) -> list[str]:
    return ["regctl", "--host", f"reg={host},tls=disabled", "image", "copy"]


CLIENTS = (
    Client(
        name="olbuild",
        program=OLBUILD,
        # `home` is beside the layout that a pull would leave: the store is one.
        pull=lambda host, folder: [OLBUILD, "pull", "--progress", "none", "--home", str(folder), f"{host}/{NAME}"],
        push=lambda host, layout: [
            OLBUILD, "push", "--progress", "none", "--home", str(layout.with_name("home")), NAME, f"{host}/{NAME}"
        ],
        blobs="store/blobs/sha256",
    ),
    Client(
        name="oras",
        program="oras",
        pull=lambda host, folder: [
            "oras", "cp", "--no-tty", "--from-plain-http", f"{host}/{NAME}", "--to-oci-layout", f"{folder}:{_TAG}"
        ],
        push=lambda host, layout: [
            "oras", "cp", "--no-tty", "--to-plain-http", "--from-oci-layout", f"{layout}:{_TAG}", f"{host}/{NAME}"
        ],
    ),
    Client(
        name="crane",
        program="crane",
        pull=lambda host, folder: ["crane", "pull", "--insecure", "--format=oci", f"{host}/{NAME}", str(folder)],
        push=lambda host, layout: ["crane", "push", "--insecure", str(layout), f"{host}/{NAME}"],
    ),
    Client(
        name="skopeo",
        program="skopeo",
        pull=lambda host, folder: [
            "skopeo", "copy", "-q", "--insecure-policy", "--src-tls-verify=false", f"docker://{host}/{NAME}",
            f"oci:{folder}:{_TAG}",
        ],
        push=lambda host, layout: [
            "skopeo", "copy", "-q", "--insecure-policy", "--dest-tls-verify=false", f"oci:{layout}:{_TAG}",
            f"docker://{host}/{NAME}",
        ],
    ),
    Client(
        name="regctl",
        program="regctl",
        pull=lambda host, folder: [*_regctl(host), f"{host}/{NAME}", f"ocidir://{folder}:{_TAG}"],
        push=lambda host, layout: [*_regctl(host), f"ocidir://{layout}:{_TAG}", f"{host}/{NAME}"],
    ),
)  # fmt: skip


COPY = Client(
    name="olbuild copy",
    program=OLBUILD,
    pull=lambda host, folder: [
        OLBUILD, "copy", "--progress", "none", "--home", str(folder / "home"), f"{host}/{NAME}",
        f"oci:{folder / 'layout'}:{_TAG}",
    ],
    push=lambda host, layout: [
        OLBUILD, "copy", "--progress", "none", "--home", str(layout.with_name("home")), f"oci:{layout}:{_TAG}",
        f"{host}/{NAME}",
    ],
    blobs="layout/blobs/sha256",
)  # fmt: skip
"""olbuild straight from a registry to a layout, and back."""


# A child's peak of memory counts from before its `exec`, when it still is its parent: so a small parent starts it.
_STARTER = """
import json, os, resource, subprocess, sys, time
started = time.perf_counter()
try:
    with open(sys.argv[2], "wb") as said:
        code = subprocess.run(sys.argv[3:], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                              timeout=float(sys.argv[1])).returncode
except subprocess.TimeoutExpired:
    code = -9
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss]))
"""


def run_measured(command: list[str], home: Path, limit: float) -> Ran:
    """Run a command in a home of its own, and end it after ``limit`` seconds; its exit code is then not 0."""
    home.mkdir(parents=True, exist_ok=True)
    said = home / "said"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OLBUILD_")}
    finished = subprocess.run(
        [sys.executable, "-ISc", _STARTER, str(limit), str(said), *command],
        env={**kept, "HOME": str(home), "DOCKER_CONFIG": str(home / ".docker")},
        stdout=subprocess.PIPE,
        check=True,
    )
    code, seconds, processor, peak = json.loads(finished.stdout)
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kibibytes
    text = said.read_bytes()[-4000:].decode(errors="replace")
    return Ran(code=code, seconds=seconds, processor=processor, peak_mb=peak * unit / 1e6, said=text)
