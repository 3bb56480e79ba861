"""A real registry for tests: the distribution project's, on a port of its own, open or with logins."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
import time
import unittest
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from olbuild.core.records import Frozen
from olbuild.testing.tokens import TokenServer

_LISTENING = re.compile(r"listening on (\S+?:\d+)")
_PATIENCE = 20.0  # seconds until it must listen
USER = "ada"


class Registry(Frozen, kw_only=True):
    """A registry that runs. ``host`` is what a reference begins with; ``username`` and ``password`` let you in.

    ``certificate`` is what must be trusted to speak TLS with it; without one it speaks plain HTTP.
    """

    host: str
    folder: Path
    username: str
    password: str
    certificate: Path | None = None

    def blob(self, hexadecimal: str) -> Path:
        """Return the file in which the registry keeps a blob, for tests that damage it."""
        blobs = self.folder / "content" / "docker" / "registry" / "v2" / "blobs" / "sha256"
        return blobs / hexadecimal[:2] / hexadecimal / "data"


@contextmanager
def docker_registry(
    folder: Path,
    *,
    auth: Literal["none", "htpasswd"] | TokenServer = "none",
    http: Mapping[str, object] | None = None,
    delete: bool = True,
    program: str = "docker-registry",
    read_only: bool = False,
) -> Iterator[Registry]:
    """Run a registry on a free port of 127.0.0.1 while the context lasts.

    Args:
        folder: for its configuration, log and content; made if it does not exist.
        auth: who is let in: everybody, one user with a password, or whom a running token server lets in.
        http: more for the section ``http`` of its configuration, such as ``{"relativeurls": True}``.
        delete: whether it deletes what it is asked to.
        program: Debian's ``docker-registry``, of version 2, or ``distribution``, of version 3.
        read_only: whether it refuses to store anything, as one in maintenance does.

    Raises:
        unittest.SkipTest: if the program or ``htpasswd`` is missing; pytest then skips the test.
        RuntimeError: if it does not start; the message ends with its log.
    """
    found = find_program(program)
    folder.mkdir(parents=True, exist_ok=True)
    password = "pä:ss " + secrets.token_urlsafe(6)  # with what a careless client gets wrong
    configuration: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "content")},
            "delete": {"enabled": delete},
            "maintenance": {"readonly": {"enabled": read_only}},
        },
        "http": {"addr": "127.0.0.1:0", **(http or {})},
    }
    if isinstance(auth, TokenServer):
        configuration["auth"] = auth.section
    elif auth == "htpasswd":
        configuration["auth"] = {"htpasswd": {"realm": "test", "path": str(write_users(folder, password))}}
    file, log = folder / "registry.yml", folder / "registry.log"
    file.write_text(json.dumps(configuration))  # JSON is YAML
    with log.open("wb") as output:
        process = subprocess.Popen(
            [found, "serve", file],
            stdout=output,
            stderr=output,
            env={"HOME": str(folder), "OTEL_TRACES_EXPORTER": "none"},
        )
    try:
        yield Registry(host=listening(process, log), folder=folder, username=USER, password=password)
    finally:
        process.terminate()
        process.wait()


def find_program(name: str) -> str:
    """Return the path of a program.

    Raises:
        unittest.SkipTest: if it is missing.
    """
    program = shutil.which(name)
    if program is None:
        raise unittest.SkipTest(f"the program {name} is missing (.ci/run installs it)")
    return program


def write_users(folder: Path, password: str) -> Path:
    """Write a file of one user; registries want bcrypt, which `htpasswd` of apache2-utils makes."""
    made = subprocess.run(
        [find_program("htpasswd"), "-niB", USER], input=password.encode(), capture_output=True, check=True
    )
    file = folder / "users"
    file.write_bytes(made.stdout)
    return file


def listening(process: subprocess.Popen[bytes], log: Path, said: re.Pattern[str] = _LISTENING) -> str:
    """Wait until a registry says where it listens, and return what the first group of ``said`` finds in its log.

    Raises:
        RuntimeError: if it says nothing for long, or ends; the message ends with its log.
    """
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        found = said.search(log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError(f"{process.args!r} did not start: {log.read_text(errors='replace')[-2000:]}")
